#include "sim/change_by_hand.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace keitaro_sim {
namespace {

using nlohmann::json;

struct Wanted {
  std::optional<std::uint64_t> id;
  std::optional<std::string> subid, tid;
  Tracker::ByHand change;
};

std::string set_one(Wanted& wanted, const std::string& name, const json& value) {
  if (name == "conversion_id") {
    if (!value.is_number_unsigned()) return "conversion_id must be a whole number";
    wanted.id = value.get<std::uint64_t>();
    return {};
  }
  if (name == "delete") {
    if (!value.is_boolean()) return "delete must be true or false";
    wanted.change.remove = value.get<bool>();
    return {};
  }
  if (!value.is_string()) return name + " must be a text";
  const std::string text = value.get<std::string>();
  if (name == "subid")
    wanted.subid = text;
  else if (name == "tid")
    wanted.tid = text;
  else if (name == "status")
    wanted.change.status = text;
  else if (name == "original_status")
    wanted.change.original_status = text;
  else if (name == "revenue") {
    wanted.change.revenue = parse_money(text);
    if (!wanted.change.revenue) return "revenue must be an amount such as \"12.5\"";
  } else {
    return "\"" + name +
           "\" is not one of conversion_id, subid, tid, status, original_status, revenue, delete";
  }
  return {};
}

}  // namespace

ChangedByHand change_by_hand(Tracker& tracker, std::string_view text) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object())
    return {0, "the body must be a JSON object such as {\"subid\": \"a\", \"revenue\": \"7.5\"}"};
  Wanted wanted;
  for (const auto& [name, value] : body.items())
    if (std::string problem = set_one(wanted, name, value); !problem.empty()) return {0, problem};
  if (!wanted.id && !wanted.subid) return {0, "conversion_id or subid must say which conversion is meant"};
  std::vector<std::uint64_t> ids;
  for (const Conversion& conversion : tracker.conversions()) {
    const bool meant = (!wanted.id || *wanted.id == conversion.id) &&
                       (!wanted.subid || *wanted.subid == conversion.subid) &&
                       (!wanted.tid || *wanted.tid == conversion.tid);
    if (meant && !conversion.deleted) ids.push_back(conversion.id);
  }
  for (const std::uint64_t id : ids) tracker.change_by_hand(id, wanted.change);
  return {ids.size(), {}};
}

}  // namespace keitaro_sim
