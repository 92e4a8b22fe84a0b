#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/breaker.hpp"
#include "core/plan.hpp"
#include "core/rate_limit.hpp"
#include "core/row.hpp"
#include "delivery/tracker_spec.hpp"

namespace keitaro_outbox::delivery {

/// A row that is planned and may be sent.
struct Planned {
  core::Row row;
  core::Postback postback;
  std::string url;
  std::string sentinel;
  std::uint64_t epoch =
      0;  ///< Of the last look at the row: others have not committed since, or it must be looked at again.
};

/// A click of which one row is in memory: planned, in flight, or with an outcome that is not yet recorded.
struct BusyClick {
  core::OutboxId holder;
  bool has_waiting =
      false;  ///< Another row of the click may be parked: it must be released when the holder is done.
};

/// All that is known in memory of one tracker. Lanes share nothing, so the trouble of one holds up no other.
struct Lane {
  explicit Lane(TrackerSpec tracker) : spec(std::move(tracker)), breaker(spec.breaker), rate(spec.rate) {}

  const std::string& name() const { return spec.rules.name; }

  /// Planned rows are kept up to here: enough to refill every slot while the disk is waited for.
  std::size_t ready_capacity() const { return static_cast<std::size_t>(spec.concurrency) * 2 + 32; }

  /// Outcomes that wait for the disk hold up further sending here, which bounds what a crash repeats.
  bool outcomes_pile_up() const { return unrecorded >= spec.concurrency; }

  /// Takes the row's click and holds the row in memory.
  void hold(const core::Row& row, bool has_waiting) {
    clicks.emplace(row.subid, BusyClick{row.id, has_waiting});
    held.insert(row.id.value);
  }

  /// The reverse. Tells whether a parked row of the click must be released.
  bool let_go(core::OutboxId id, const std::string& subid) {
    held.erase(id.value);
    const auto click = clicks.find(subid);
    if (click == clicks.end() || click->second.holder != id) return false;
    const bool has_waiting = click->second.has_waiting;
    clicks.erase(click);
    return has_waiting;
  }

  /// Looks at the rows anew, from the first: others may have changed any of them.
  void look_again() {
    fresh_cursor = core::kBeforeAllRows;
    fresh_exhausted = false;
    due_unknown = true;
  }

  TrackerSpec spec;
  core::Breaker breaker;
  core::RateLimit rate;

  std::deque<Planned> ready;
  std::unordered_map<std::string, BusyClick> clicks;  ///< By subid.
  std::unordered_set<std::int64_t> held;              ///< Ids of the rows in memory.
  int in_flight = 0;
  int unrecorded = 0;

  core::OutboxId fresh_cursor = core::kBeforeAllRows;  ///< Fresh rows up to here are held, parked or done.
  bool fresh_exhausted = false;                        ///< There are no fresh rows behind the cursor.
  bool due_unknown = true;                             ///< `next_due` must be read again.
  std::optional<core::WallTime> next_due;  ///< When the next scheduled row, or row in backoff, becomes due.
  std::vector<core::OutboxId> to_park;     ///< Candidates to park, which needs a writing transaction.
};

}  // namespace keitaro_outbox::delivery
