#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/reason_groups.hpp"
#include "ports/outbox_admin.hpp"

namespace keitaro_outbox::stores {

/// Rows that share a reason.
struct FoundGroup {
  std::vector<core::OutboxId> rows;  ///< In order.
  bool whole = true;                 ///< false: there are, or may be, more.
};

/// Picks the rows of a group from those that a store looks through: at most `most` of them, and, where `time`
/// is given, for no longer.
class GroupSearch {
 public:
  /// `group` must outlive it.
  GroupSearch(const ports::ReasonGroupFilter& group, std::int64_t most, std::optional<core::Millis> time)
      : group_(group), most_(static_cast<std::size_t>(most)) {
    if (time) end_ = std::chrono::steady_clock::now() + *time;
  }

  /// Takes the row if it is in the group. False where the search is to end.
  bool take(core::OutboxId id, std::string_view reason) {
    if (core::reason_kind(reason) != group_.kind) return true;
    if (found_.rows.size() == most_) return stop();
    found_.rows.push_back(id);
    return true;
  }

  /// Whether there is time to look at more rows; asks the clock.
  bool has_time() { return end_ && std::chrono::steady_clock::now() >= *end_ ? stop() : true; }

  FoundGroup result() && {
    // A row whose time changed meanwhile may have been seen twice.
    std::ranges::sort(found_.rows);
    found_.rows.erase(std::unique(found_.rows.begin(), found_.rows.end()), found_.rows.end());
    return std::move(found_);
  }

 private:
  bool stop() {
    found_.whole = false;
    return false;
  }

  const ports::ReasonGroupFilter& group_;
  const std::size_t most_;
  std::optional<core::SteadyTime> end_;
  FoundGroup found_;
};

}  // namespace keitaro_outbox::stores
