#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/flow/adaptive_rate_limit.hpp"
#include "core/flow/breaker.hpp"
#include "core/flow/concurrency_limit.hpp"
#include "core/flow/rate_limit.hpp"
#include "core/rules/plan.hpp"
#include "core/rules/row.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// A row that is planned and may be sent.
struct Planned {
  core::Row row;
  core::Postback postback;
  std::string url;
  std::string sentinel;
  std::uint64_t commit_generation =
      0;  ///< Of the last look at the row: others have not committed since, or it must be looked at again.
};

/// A click of which one row is in memory: planned, in flight, or with an outcome that is not yet recorded.
struct BusyClick {
  core::OutboxId holder;
  bool has_waiting =
      false;  ///< Another row of the click may be blocked: it must be released when the holder is done.
};

/// All that is known in memory of one tracker. Lanes share nothing, so the trouble of one holds up no other.
struct TrackerQueue {
  TrackerQueue(ports::FlowId flow_id, TrackerSpec tracker)
      : number(flow_id),
        spec(std::move(tracker)),
        breaker(spec.breaker),
        concurrency(spec.concurrency),
        rate(spec.rate) {}

  const std::string& name() const { return spec.rules.name; }

  /// Takes its share of all requests in flight, or as many as it is configured for where these are less.
  void share(int requests) { max_in_flight = std::clamp(requests, 1, spec.concurrency); }

  /// Planned rows are kept up to here: enough to refill every slot while the disk is waited for.
  std::size_t ready_capacity() const {
    constexpr std::size_t kMostBeside = 32;
    const auto twice = static_cast<std::size_t>(max_in_flight) * 2;
    return twice + std::min(twice, kMostBeside);
  }

  /// Whether it takes up room, or may do so. One in an outage has a probe in flight at the most.
  bool busy() const {
    if (in_flight > 0 || unrecorded > 0) return true;
    return may_send() && !breaker.outage() && (!ready.empty() || !fresh_exhausted);
  }

  /// What a crash of the process repeats at most. Twice what may be in flight, which lets as many be sent
  /// while as many are being committed.
  int repeated_limit() const { return max_in_flight * 2; }

  /// What it would repeat now: answers that are neither committed nor have a receipt, and requests. Those
  /// that wait are begun without a word to us, but where answers have receipts, no more than are under way.
  int repeated() const { return (answers_have_receipts ? begun : in_flight) + without_receipt; }

  /// To be called when the gate is told, and when `in_flight` or `begun` has changed: the transport begins as
  /// many as the gate lets through without a word to us.
  void count_begun() { begun = std::min(std::max(begun, gate ? gate->permits : in_flight), in_flight); }

  /// What the transport has not begun is to come back, as soon as it is told.
  void recall() noexcept {
    if (in_flight > 0) ++generation;
  }

  /// What is in flight or not committed at all is what a power cut repeats, receipts or not.
  int uncommitted_limit() const { return max_in_flight * 4 * commits_overlap; }

  /// How many more may be sent before some outcome must be committed.
  int uncommitted_room() const {
    const int room = std::min(repeated_limit() - repeated(), uncommitted_limit() - unrecorded - in_flight);
    return std::max(room, 0);
  }

  /// Outcomes wait for the disk: more of them are not to be made.
  bool outcomes_pile_up() const { return unrecorded >= uncommitted_limit(); }

  /// How many of `wanted` may be sent now, by the rates alone.
  int paced(core::SteadyTime now, int wanted) { return rate.available(now, pace.available(now, wanted)); }

  void count_sent() {
    rate.take(1);
    pace.take(1);
  }

  /// When paced() gives one again; nullopt when it does already.
  std::optional<core::SteadyTime> paced_again_at() const { return std::max(rate.next_at(), pace.next_at()); }

  /// Takes the row's click and holds the row in memory. Where memory runs out it does neither.
  void hold(const core::Row& row, bool has_waiting) {
    const auto [click, taken] = clicks.emplace(row.subid, BusyClick{row.id, has_waiting});
    try {
      held.insert(row.id.value);
    } catch (const std::bad_alloc&) {
      if (taken) clicks.erase(click);
      throw;
    }
  }

  /// The reverse. Tells whether a blocked row of the click must be released.
  bool let_go(core::OutboxId id, const std::string& subid) {
    held.erase(id.value);
    const auto click = clicks.find(subid);
    if (click == clicks.end() || click->second.holder != id) return false;
    const bool has_waiting = click->second.has_waiting;
    clicks.erase(click);
    return has_waiting;
  }

  bool may_send() const { return !paused && !retired; }

  /// Looks at the rows anew, from the first: others may have changed any of them.
  void look_again() {
    fresh_cursor = core::kBeforeAllRows;
    fresh_exhausted = false;
    due_unknown = true;
  }

  ports::FlowId number;
  TrackerSpec spec;
  core::Breaker breaker;
  core::ConcurrencyLimit concurrency;
  core::RateLimit rate;
  core::AdaptiveRateLimit pace;

  std::deque<Planned> ready;
  std::unordered_map<std::string, BusyClick> clicks;  ///< By subid.
  std::unordered_set<std::int64_t> held;              ///< Ids of the rows in memory.
  int max_in_flight = spec.concurrency;  ///< How many may be in flight, whatever the tracker would bear.
  int in_flight = 0;                     ///< Handed over for sending, and not settled.
  int begun = 0;                         ///< Of those, how many the transport may have begun, at most.
  int unrecorded = 0;                    ///< Outcomes that are not committed.
  int without_receipt = 0;               ///< Of those, the ones whose request a crash would repeat.
  bool answers_have_receipts = false;    ///< As far as the last that was taken in tells.
  std::optional<ports::Gate> gate;       ///< As the transport was told.
  std::uint64_t generation = 0;          ///< Of the gate that it is told next.
  std::uint64_t failures_read = 0;       ///< As Gate::failures_read.
  int commits_overlap = 1;  ///< More where commits take long: otherwise sending would stand still meanwhile.
  bool paused = false;      ///< By an operator: nothing new is sent.
  bool retired = false;     ///< The configuration lacks it by now: only what is in flight is seen to its end.

  core::OutboxId fresh_cursor = core::kBeforeAllRows;  ///< Fresh rows up to here are held, blocked or done.
  bool fresh_exhausted = false;                        ///< There are no fresh rows behind the cursor.
  bool due_unknown = true;                             ///< `next_due` must be read again.
  std::optional<core::WallTime> next_due;  ///< When the next scheduled row, or row in backoff, becomes due.
  std::vector<core::OutboxId> to_block;    ///< Candidates to block, which needs a writing transaction.
};

}  // namespace keitaro_outbox::delivery
