#include "config/parameter_names.hpp"

#include <algorithm>
#include <vector>

#include "config/nearest.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::config {
namespace {

constexpr int kMostSubIds = 30;

/// Every parameter that Keitaro's pages name.
std::vector<std::string> keitaro_parameters() {
  std::vector<std::string> names{"subid",       "tid",         "payout",         "revenue", "cost",
                                 "status",      "currency",    "return",         "ignore",  "ignore_status",
                                 "sale_status", "lead_status", "rejected_status"};
  for (int i = 1; i <= kMostSubIds; ++i) names.push_back("sub_id_" + std::to_string(i));
  return names;
}

}  // namespace

std::string misspelt_parameter(std::string_view name) {
  constexpr std::size_t kShortest = 3;  // Shorter names are near to everything.
  const std::vector<std::string> known = keitaro_parameters();
  if (std::ranges::find(known, name) != known.end() || name.size() < kShortest) return {};
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = nearest(name, views);
  if (!near) return {};
  return "its parameter '" + core::cut_to_width(core::printable(name), 40) +
         "' is none of Keitaro's: did you mean '" + std::string(*near) + "'?";
}

}  // namespace keitaro_outbox::config
