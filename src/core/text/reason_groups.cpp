#include "core/text/reason_groups.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

/// Reasons come from a handful of sentences; more kinds than this are none that a person could read.
constexpr std::size_t kMostGroups = 500;

/// What settle() adds to a cause.
constexpr std::array<std::string_view, 4> kTails{
    "; attempt ", "; given up after ", "; the row keeps its attempts", "; the tracker fails for all"};

constexpr std::string_view kGap = "…";

bool is_http_status(std::string_view before) {
  return before.ends_with("HTTP ");
}

/// A cause with `…` for each number and each text in quotes.
std::string common_part(std::string_view cause) {
  std::string out;
  for (std::size_t at = 0; at < cause.size();) {
    std::size_t end = at + 1;
    if (cause[at] == '"') {
      const std::size_t close = cause.find('"', end);
      if (close != std::string_view::npos) {
        out.append("\"").append(kGap).append("\"");
        at = close + 1;
        continue;
      }
    }
    if (ascii::is_digit(cause[at])) {
      while (end < cause.size() && ascii::is_digit(cause[end])) ++end;
      if (!is_http_status(cause.substr(0, at))) {
        out += kGap;
        at = end;
        continue;
      }
    }
    out += cause.substr(at, end - at);
    at = end;
  }
  return out;
}

}  // namespace

std::string_view cause_in(std::string_view reason) {
  std::size_t end = reason.size();
  for (const std::string_view tail : kTails) end = std::min(end, reason.find(tail));
  return reason.substr(0, end);
}

void ReasonGroups::add(std::string_view reason, std::int64_t rows) {
  const std::string_view cause = cause_in(reason);
  std::string common = common_part(cause);
  const auto found = groups_.find(common);
  if (found == groups_.end()) {
    if (groups_.size() >= kMostGroups) {
      others_ += rows;
      return;
    }
    groups_.emplace(std::move(common), Similar{std::string(cause), rows});
    return;
  }
  found->second.rows += rows;
  if (found->second.cause != cause) found->second.cause.clear();
}

std::vector<ReasonGroups::Group> ReasonGroups::top(std::size_t limit) const {
  std::vector<Group> out;
  for (const auto& [common, similar] : groups_) {
    out.push_back({similar.cause.empty() ? common : similar.cause, similar.rows});
  }
  // Stable: those with as many rows stay in order of their text, from look to look.
  std::ranges::stable_sort(out, std::ranges::greater{}, &Group::rows);
  std::int64_t rest = others_;
  while (out.size() > limit) {
    rest += out.back().rows;
    out.pop_back();
  }
  if (rest > 0) out.push_back({"other reasons", rest});
  return out;
}

}  // namespace keitaro_outbox::core
