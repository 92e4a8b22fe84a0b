#pragma once

#include <algorithm>
#include <optional>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::delivery {

/// How far the rows of one tracker have been read from the store: the fresh ones (`due_at` 0), in order of
/// id, and those with a later time.
class LoadCursor {
 public:
  /// Reads all from the first row on: others may have changed any of them.
  void restart() { *this = {}; }

  /// Fresh rows up to this id are in memory, blocked or done.
  core::OutboxId fresh_after() const { return fresh_after_; }
  bool at_first() const { return fresh_after_ == core::kBeforeAllRows; }
  /// No fresh row comes after it.
  bool fresh_exhausted() const { return fresh_exhausted_; }

  void on_fresh(std::optional<core::OutboxId> last, bool exhausted) {
    fresh_after_ = last.value_or(fresh_after_);
    fresh_exhausted_ = exhausted;
  }

  /// Whether every fresh row with a smaller id has been looked at.
  bool has_passed(core::OutboxId id) const { return fresh_exhausted_ || id <= fresh_after_; }

  /// Whether there may be rows whose time has come.
  bool may_be_due(core::WallTime now) const { return due_unknown_ || (next_due_ && *next_due_ <= now); }
  /// When the next row becomes due, as far as is known.
  std::optional<core::WallTime> next_due() const { return next_due_; }

  void on_due(std::optional<core::WallTime> next, bool left_some) {
    next_due_ = next;
    due_unknown_ = left_some;
  }

  /// A row was given this time.
  void on_retry(core::WallTime at) { next_due_ = std::min(next_due_.value_or(at), at); }

 private:
  core::OutboxId fresh_after_ = core::kBeforeAllRows;
  bool fresh_exhausted_ = false;
  bool due_unknown_ = true;
  std::optional<core::WallTime> next_due_;
};

}  // namespace keitaro_outbox::delivery
