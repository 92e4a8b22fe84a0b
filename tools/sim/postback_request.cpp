#include "sim/postback_request.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/text.hpp"

namespace keitaro_sim {
namespace {

constexpr std::array<std::string_view, 4> kStatuses{"lead", "sale", "rejected", "rebill"};
constexpr std::array<std::string_view, 3> kListed{"lead", "sale", "rejected"};

std::string compared(std::string_view status, const ReadingRules& rules) {
  return rules.statuses_in_any_case ? lower_case(trimmed(status)) : std::string(status);
}

bool list_names(const Params& params, std::string_view list, std::string_view status,
                const ReadingRules& rules) {
  const std::string* names = find_param(params, list);
  if (names == nullptr) return false;
  const auto parts = split(*names, ',');
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view name) {
    return !name.empty() && compared(name, rules) == compared(status, rules);
  });
}

/// What the status that came counts as, or nullopt.
std::optional<std::string> mapped_status(const Params& params, const std::string& original,
                                         const ReadingRules& rules) {
  const auto listed_as = [&](std::string_view status) {
    return list_names(params, std::string(status) + "_status", original, rules);
  };
  if (listed_as(rules.first_list)) return rules.first_list;
  for (const std::string_view status : kListed)
    if (listed_as(status)) return std::string(status);
  std::string own = compared(original, rules);
  if (std::find(kStatuses.begin(), kStatuses.end(), own) != kStatuses.end()) return own;
  return std::nullopt;
}

std::string text_of(const Params& params, std::string_view name) {
  const std::string* value = find_param(params, name);
  return value == nullptr ? std::string{} : *value;
}

std::optional<std::string> amount_of(const Params& params, std::string_view first, std::string_view second) {
  for (const std::string_view name : {first, second})
    if (std::string value{trimmed(text_of(params, name))}; !value.empty()) return value;
  return std::nullopt;
}

}  // namespace

PostbackRequest read_postback(const Params& params, const ReadingRules& rules) {
  PostbackRequest request;
  request.subid = text_of(params, "subid");
  request.tid = text_of(params, "tid");
  const std::string* status = find_param(params, "status");
  const bool absent = status == nullptr || (status->empty() && rules.empty_status_is_sale);
  request.original_status = absent ? "sale" : *status;
  const auto mapped = mapped_status(params, request.original_status, rules);
  request.mapped = mapped.has_value();
  request.status = mapped.value_or(request.original_status);
  for (const std::string_view list : {"ignore", "ignore_status"})
    request.ignored = request.ignored || list_names(params, list, request.original_status, rules);
  request.payout =
      rules.payout_wins ? amount_of(params, "payout", "revenue") : amount_of(params, "revenue", "payout");
  request.cost = amount_of(params, "cost", "cost");
  request.currency = std::string(trimmed(text_of(params, "currency")));
  for (int i = 1; i <= rules.sub_ids; ++i)
    if (const std::string* value = find_param(params, "sub_id_" + std::to_string(i)))
      request.sub_ids.emplace_back(i, *value);
  if (const std::string* text = find_param(params, "return")) request.return_text = *text;
  return request;
}

}  // namespace keitaro_sim
