#include "core/readback/drift.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>
#include <utility>

#include "core/readback/conclusion.hpp"
#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"

namespace keitaro_outbox::core {
namespace {

class Totals {
 public:
  DriftTotal& of(const std::string& day, const std::string& status) {
    DriftTotal& total = totals_[{day, status}];
    total.day = day;
    total.status = status;
    return total;
  }
  std::vector<DriftTotal> all() && {
    std::vector<DriftTotal> out;
    for (auto& [key, total] : totals_) out.push_back(std::move(total));
    return out;
  }

 private:
  std::map<std::pair<std::string, std::string>, DriftTotal> totals_;
};

void count_theirs(DriftTotal& total, const RecordedConversion& recorded) {
  ++total.theirs;
  const auto revenue = recorded.revenue ? Amount::parse(*recorded.revenue) : std::nullopt;
  if (revenue) total.their_money += *revenue;
}

std::string status_shown(const RecordedConversion& recorded) {
  const std::string status =
      ascii::lower(recorded.status.empty() ? recorded.original_status : recorded.status);
  return status.empty() ? "(not told)" : readable(status, 40);
}

std::string what_is_there(const RecordedConversion& recorded) {
  std::string text = status_shown(recorded);
  if (recorded.revenue) text += " " + readable(*recorded.revenue, 40);
  return text;
}

}  // namespace

std::string_view name_of(DriftItem::Kind kind) {
  switch (kind) {
    case DriftItem::Kind::differs:
      return "differs";
    case DriftItem::Kind::missing:
      return "missing";
    case DriftItem::Kind::only_there:
      return "only_there";
  }
  return {};
}

bool DriftReport::any_of(DriftItem::Kind kind) const {
  return std::ranges::any_of(items, [&](const DriftItem& item) { return item.kind == kind; });
}

std::string day_of(WallTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

DriftReport drift_of(std::span<const SentConversion> sent, std::span<const RecordedConversion> recorded,
                     const std::function<bool(const LedgerKey&)>& sent_before, const std::string& first_day,
                     const std::string& last_day, const ReadBackPolicy& policy) {
  const bool tids_given =
      std::ranges::any_of(recorded, [](const RecordedConversion& one) { return !one.tid.empty(); });
  std::map<std::string_view, std::vector<const RecordedConversion*>> clicks;
  for (const RecordedConversion& one : recorded) clicks[one.subid].push_back(&one);
  // Of a click that is there twice, as by a page that came again, the first counts.
  const auto match_of = [&](const SentConversion& one) -> const RecordedConversion* {
    const auto found = clicks.find(one.subid);
    if (found == clicks.end()) return nullptr;
    for (const RecordedConversion* const candidate : found->second)
      if (!tids_given || candidate->tid == one.tid) return candidate;
    return nullptr;
  };

  SeenAmounts amounts(policy.currency);
  for (const SentConversion& one : sent) {
    const RecordedConversion* const match = match_of(one);
    const auto revenue = match && match->revenue ? Amount::parse(*match->revenue) : std::nullopt;
    if (revenue) amounts.add(one, *revenue);
  }

  DriftReport report;
  Totals totals;
  std::map<std::pair<std::string_view, std::string_view>, bool> ours;
  for (const SentConversion& one : sent) {
    ours[{one.subid, tids_given ? std::string_view(one.tid) : std::string_view()}] = true;
    const std::string day = day_of(one.first_taken_in_at.value_or(one.taken_in_at));
    DriftTotal& total = totals.of(day, std::string(name_of(one.status)));
    ++total.ours;
    if (one.payout) total.our_money[ascii::lower(one.currency)] += *one.payout;
    const RecordedConversion* const match = match_of(one);
    if (match) count_theirs(totals.of(day, status_shown(*match)), *match);
    const auto found = clicks.find(one.subid);
    const Finding finding =
        find_in(one,
                found == clicks.end() ? std::span<const RecordedConversion* const>{}
                                      : std::span<const RecordedConversion* const>(found->second),
                tids_given, amounts);
    if (finding.kind == Finding::Kind::missing) {
      report.items.push_back(
          {DriftItem::Kind::missing, day, one.subid, one.tid, "sent " + std::string(name_of(one.status))});
    } else if (finding.kind == Finding::Kind::different) {
      report.items.push_back({DriftItem::Kind::differs, day, one.subid, one.tid, finding.note});
    }
  }
  for (const RecordedConversion& one : recorded) {
    const std::string day = one.recorded_at.substr(0, first_day.size());
    if (day < first_day || day > last_day) continue;
    const auto [place, is_new] = ours.try_emplace({one.subid, tids_given ? one.tid : std::string_view()});
    if (!is_new || sent_before({one.subid, one.tid})) continue;
    count_theirs(totals.of(day, status_shown(one)), one);
    report.items.push_back({DriftItem::Kind::only_there, day, one.subid, one.tid, what_is_there(one)});
  }
  report.totals = std::move(totals).all();
  std::ranges::stable_sort(report.items, {},
                           [](const DriftItem& item) { return std::tie(item.day, item.subid, item.tid); });
  return report;
}

}  // namespace keitaro_outbox::core
