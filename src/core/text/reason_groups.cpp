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

/// Of the texts in quotes that similar reasons differ by, so many are named.
constexpr std::size_t kMostQuoted = 4;

/// The first text in quotes, with them; empty where there is none.
std::string_view first_quoted(std::string_view cause) {
  const std::size_t open = cause.find('"');
  const std::size_t close = open == std::string_view::npos ? open : cause.find('"', open + 1);
  return close == std::string_view::npos ? std::string_view() : cause.substr(open, close - open + 1);
}

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

std::string reason_kind(std::string_view reason) {
  constexpr std::size_t kLongest = 600;
  std::string kind = common_part(cause_in(reason));
  if (kind.size() <= kLongest) return kind;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(kind[end]) & 0xC0) == 0x80) --end;
  kind.resize(end);
  return kind;
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
    Similar similar{std::string(cause), rows, {}, false};
    if (const std::string_view quoted = first_quoted(cause); !quoted.empty())
      similar.quoted.emplace_back(quoted);
    groups_.emplace(std::move(common), std::move(similar));
    return;
  }
  Similar& similar = found->second;
  similar.rows += rows;
  if (similar.cause == cause) return;
  similar.cause.clear();
  const std::string_view quoted = first_quoted(cause);
  if (quoted.empty() || std::ranges::find(similar.quoted, quoted) != similar.quoted.end()) return;
  if (similar.quoted.size() < kMostQuoted) {
    similar.quoted.emplace_back(quoted);
  } else {
    similar.more_quoted = true;
  }
}

std::string ReasonGroups::text_of(const std::string& common, const Similar& similar) {
  if (!similar.cause.empty()) return similar.cause;
  const std::string gap = "\"" + std::string(kGap) + "\"";
  const std::size_t at = common.find(gap);
  if (at == std::string::npos) return common;
  std::string names;
  for (std::size_t i = 0; i < similar.quoted.size(); ++i) {
    const bool last = i + 1 == similar.quoted.size() && !similar.more_quoted;
    names += (i == 0 ? "" : last ? " or " : ", ") + similar.quoted[i];
  }
  if (similar.more_quoted) names += " or others";
  return std::string(common).replace(at, gap.size(), names);
}

std::vector<ReasonGroups::Group> ReasonGroups::top(std::size_t limit) const {
  std::vector<Group> out;
  for (const auto& [common, similar] : groups_) {
    out.push_back({text_of(common, similar), similar.rows});
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
