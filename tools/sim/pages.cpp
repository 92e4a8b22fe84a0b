#include "sim/pages.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sim/timestamp.hpp"

namespace keitaro_sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLatest = 20;

std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t count_param(const Params& query, std::string_view name, std::size_t otherwise) {
  const std::string* text = find_param(query, name);
  std::size_t value = otherwise;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Json conversion_json(const Conversion& conversion, const Tracker& tracker) {
  Json sub_ids = Json::object();
  for (const auto& [number, value] : tracker.sub_ids_of(conversion.subid))
    sub_ids["sub_id_" + std::to_string(number)] = value;
  return Json{{"conversion_id", conversion.id},
              {"sub_id", conversion.subid},
              {"tid", conversion.tid},
              {"status", conversion.status},
              {"original_status", conversion.original_status},
              {"previous_status", conversion.previous_status},
              {"revenue", conversion.revenue.text()},
              {"cost", conversion.cost.text()},
              {"postback_at_ms", keitaro_outbox::core::unix_millis(conversion.postback_at)},
              {"changed_at_ms", keitaro_outbox::core::unix_millis(conversion.changed_at)},
              {"rebills", conversion.rebills},
              {"history", conversion.history},
              {"sub_ids", std::move(sub_ids)}};
}

std::int64_t count_of(const Tracker& tracker) {
  return std::ranges::count_if(tracker.conversions(), [](const Conversion& c) { return !c.deleted; });
}

Json verdicts_json(const TrackerCounts& counts) {
  Json verdicts = Json::object();
  for (const auto& [verdict, count] : counts.verdicts) verdicts[std::string(name_of(verdict))] = count;
  return verdicts;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text + "  ";
}

std::string conversion_line(const Conversion& c) {
  const std::string came_as = c.original_status == c.status ? "" : " (" + c.original_status + ")";
  const std::string before = c.previous_status.empty() ? "" : ", before: " + c.previous_status;
  return padded(timestamp(c.changed_at), 19) + padded(c.subid, 20) + padded(c.tid.empty() ? "-" : c.tid, 12) +
         padded(c.revenue.text(), 10) + c.status + came_as + before + "\n";
}

}  // namespace

std::string stats_page(const ReceiptCounts& counts, const Tracker& tracker) {
  const TrackerCounts& tracked = tracker.counts();
  return dumped(Json{{"received", counts.received},
                     {"admin_calls", counts.admin_calls},
                     {"results", counts.results},
                     {"troubles", counts.troubles},
                     {"processed", tracked.processed},
                     {"waiting", tracker.waiting()},
                     {"conversions", count_of(tracker)},
                     {"duplicates", tracked.duplicates},
                     {"rebills_counted_twice", tracked.rebills_counted_twice},
                     {"unusable_values", tracked.unusable_values},
                     {"verdicts", verdicts_json(tracked)}});
}

std::string conversions_page(const Tracker& tracker, const Params& query) {
  const std::string* subid = find_param(query, "subid");
  const std::size_t offset = count_param(query, "offset", 0);
  const std::size_t limit = count_param(query, "limit", std::string::npos);
  Json list = Json::array();
  std::size_t total = 0;
  for (const Conversion& conversion : tracker.conversions()) {
    if (conversion.deleted || (subid != nullptr && conversion.subid != *subid)) continue;
    if (total++ >= offset && list.size() < limit) list.push_back(conversion_json(conversion, tracker));
  }
  return dumped(Json{{"conversions", std::move(list)}, {"total", total}});
}

std::string summary_page(const ReceiptCounts& counts, const Tracker& tracker) {
  const TrackerCounts& tracked = tracker.counts();
  std::string out =
      "keitaro-sim: a simulated Keitaro tracker. More: /sim/conversions /sim/stats /sim/trouble "
      "/sim/admin\n\n";
  out += "received " + std::to_string(counts.received) + ", processed " + std::to_string(tracked.processed) +
         ", waiting " + std::to_string(tracker.waiting()) + ", conversions " +
         std::to_string(count_of(tracker)) + ", duplicates " + std::to_string(tracked.duplicates) + "\n";
  for (const auto& [verdict, count] : tracked.verdicts)
    out += "  " + padded(std::string(name_of(verdict)), 20) + std::to_string(count) + "\n";
  for (const auto& [trouble, count] : counts.troubles)
    out += "  trouble: " + padded(trouble, 11) + std::to_string(count) + "\n";

  out += "\nThe latest conversions\n";
  const auto& all = tracker.conversions();
  for (std::size_t i = all.size() - std::min(all.size(), kLatest); i < all.size(); ++i)
    if (!all[i].deleted) out += conversion_line(all[i]);
  out += "\nThe latest lines of the received-postback log\n";
  auto lines = tracker.log().find("", kLatest, 0, PostbackLog::Order::newest_first);
  std::reverse(lines.begin(), lines.end());
  for (const LogLine& line : lines)
    if (!line.message.starts_with("Request "))  // with the key
      out += timestamp(line.at) + "  " + std::to_string(line.jid) + "  " + line.message + "\n";
  return out;
}

}  // namespace keitaro_sim
