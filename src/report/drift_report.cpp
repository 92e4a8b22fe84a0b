#include "report/drift_report.hpp"

#include <utility>
#include <vector>

#include "core/text/printable.hpp"
#include "files/csv.hpp"

namespace keitaro_outbox::report {
namespace {

using core::DriftItem;

void add_line(std::string& out, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) out += (i == 0 ? "" : ",") + files::csv_field(fields[i]);
  out += "\r\n";
}

}  // namespace

std::string drift_money(const std::map<std::string, core::AmountSum>& money) {
  std::string out;
  for (const auto& [currency, sum] : money) {
    out += out.empty() ? "" : ", ";
    out += sum.text() + (currency.empty() ? "" : " " + core::printable(currency));
  }
  return out.empty() ? "0" : out;
}

std::string_view words_for(DriftItem::Kind kind) {
  switch (kind) {
    case DriftItem::Kind::differs:
      return "differs";
    case DriftItem::Kind::missing:
      return "not at the tracker";
    case DriftItem::Kind::only_there:
      return "only at the tracker";
  }
  return {};
}

std::string drift_csv(std::span<const TrackerDrift> trackers) {
  std::string out;
  add_line(out, {"what", "tracker", "day", "status", "ours", "our_money", "theirs", "their_money", "subid",
                 "tid", "note"});
  for (const auto& [tracker, drift, trouble] : trackers) {
    if (!drift) continue;
    for (const core::DriftTotal& total : drift->totals) {
      add_line(out, {"total", tracker, total.day, total.status, std::to_string(total.ours),
                     drift_money(total.our_money), std::to_string(total.theirs), total.their_money.text(), "",
                     "", ""});
    }
    for (const DriftItem& item : drift->items) {
      add_line(out, {std::string(core::name_of(item.kind)), tracker, item.day, "", "", "", "", "", item.subid,
                     item.tid, item.note});
    }
  }
  return out;
}

void add_drift(Json& json, const core::DriftReport& drift) {
  json["totals"] = Json::array();
  for (const core::DriftTotal& total : drift.totals) {
    Json money = Json::array();
    for (const auto& [currency, sum] : total.our_money)
      money.push_back(
          {{"currency", currency.empty() ? Json(nullptr) : Json(currency)}, {"amount", sum.text()}});
    json["totals"].push_back({{"day", total.day},
                              {"status", total.status},
                              {"ours", total.ours},
                              {"our_money", std::move(money)},
                              {"theirs", total.theirs},
                              {"their_money", total.their_money.text()}});
  }
  json["items"] = Json::array();
  for (const DriftItem& item : drift.items) {
    json["items"].push_back({{"kind", core::name_of(item.kind)},
                             {"day", item.day},
                             {"subid", item.subid},
                             {"tid", item.tid},
                             {"note", item.note}});
  }
}

}  // namespace keitaro_outbox::report
