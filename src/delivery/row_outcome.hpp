#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/retry_delay.hpp"
#include "core/make_room.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "ports/ack_journal.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// How long a row has waited at `now`: from its INSERT, or, until its first try, from a later time that it
/// was scheduled for. (A retry's time takes the place of that time.)
inline core::Millis age_of(const core::Row& row, core::WallTime now) {
  const core::WallTime from = row.attempts == 0 ? std::max(row.created_at, row.due_at) : row.created_at;
  return std::max(now - from, core::Millis{0});
}

/// When a row is tried again whose outcome cannot be recorded: after pauses that grow each time.
inline core::WallTime set_aside_until(const core::Row& row, const core::RetryPolicy& retry,
                                      core::WallTime now) {
  return now + core::retry_delay(row.unrecorded + 1, retry, 0.5);
}

/// What became of a row, kept in memory until it is committed.
struct RowOutcome {
  TrackerQueue* queue = nullptr;
  std::string subid;
  core::LedgerKey key;  ///< Of the request, where one was planned.
  ports::RowResult result;
  std::optional<core::LedgerEntry> taken_in;
  std::optional<ports::FailedAttempt> failure;
  core::Millis latency{};
  core::Millis age{};
  std::optional<core::Status> moved_from;
  std::optional<ports::AckId> ack;   ///< Of the answer, where it outlives the process.
  core::WallTime set_aside_until{};  ///< Where it cannot be recorded.
  bool withdrawn = false;  ///< It was not sent after all: only its click is freed. `result` has just the id.

  /// A crash before the commit repeats the row's request.
  bool repeatable() const { return result.requested && !ack; }
};

/// Outcomes that are not committed, oldest first. What a tracker has answered stays here until it is, so that
/// a database in trouble never turns "sent" into "send again".
class OutcomeBuffer {
 public:
  /// After this the next add() cannot fail. Throws std::bad_alloc.
  void make_room() { core::make_room(outcomes_); }

  void add(RowOutcome outcome) noexcept {
    outcome.queue->budget.on_outcome(outcome.repeatable());
    outcomes_.push_back(std::move(outcome));
    ++added_;
  }

  std::span<const RowOutcome> first(std::size_t count) const { return {outcomes_.data(), count}; }

  /// The first ones are committed.
  void drop_first(std::size_t count) {
    outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(count));
    dropped_ += count;
  }

  // Ever.
  std::uint64_t added() const { return added_; }
  std::uint64_t dropped() const { return dropped_; }

  bool empty() const { return outcomes_.empty(); }
  std::size_t size() const { return outcomes_.size(); }

 private:
  std::vector<RowOutcome> outcomes_;
  std::uint64_t added_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace keitaro_outbox::delivery
