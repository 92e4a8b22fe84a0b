#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "delivery/tracker_queue.hpp"
#include "ports/ack_journal.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// How long a row has waited at `now`: from its INSERT, or, until its first try, from a later time that it
/// was scheduled for. (A retry's time takes the place of that time.)
inline core::Millis age_of(const core::Row& row, core::WallTime now) {
  const core::WallTime from = row.attempts == 0 ? std::max(row.created_at, row.due_at) : row.created_at;
  return std::max(now - from, core::Millis{0});
}

/// What became of a row, kept in memory until it is committed.
struct RowOutcome {
  TrackerQueue* queue = nullptr;
  std::string subid;
  std::string tid;
  ports::RowResult result;
  std::optional<core::LedgerEntry> taken_in;
  std::optional<ports::FailedAttempt> failure;
  core::Millis latency{};
  core::Millis age{};
  std::optional<core::Status> moved_from;
  std::optional<ports::AckId> receipt;  ///< Of the answer, where it outlives the process.
  bool withdrawn =
      false;  ///< The row was not sent after all: only its click is freed, `result` has just the id.
};

}  // namespace keitaro_outbox::delivery
