#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "delivery/queue/click_table.hpp"
#include "delivery/queue/flight_budget.hpp"
#include "delivery/queue/gate_state.hpp"
#include "delivery/queue/load_cursor.hpp"
#include "delivery/queue/planned_row.hpp"
#include "delivery/queue/tracker_health.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// All that is known in memory of one tracker. Queues share nothing, so trouble at one tracker holds up no
/// other.
class TrackerQueue {
 public:
  TrackerQueue(ports::FlowId flow, TrackerSpec spec)
      : health(spec), budget(spec.concurrency), flow_(flow), spec_(std::move(spec)) {}

  ports::FlowId flow() const { return flow_; }
  const std::string& name() const { return spec_.rules.name; }
  const TrackerSpec& spec() const { return spec_; }

  // --- whether it sends at all
  bool paused() const { return paused_; }    ///< By an operator: nothing new is sent.
  bool retired() const { return retired_; }  ///< The configuration has no such tracker any more.
  bool may_send() const { return !paused_ && !retired_; }
  void set_paused(bool paused) { paused_ = paused; }

  /// Whether it has requests in flight, or may soon have. One in an outage has a probe in flight at the most.
  bool busy() const {
    if (!budget.at_rest()) return true;
    return may_send() && !health.outage() && (!ready_.empty() || !cursor.fresh_exhausted());
  }

  /// Takes over new settings, between two turns; what is planned is planned again.
  void change(TrackerSpec spec, bool moved) {
    drop_ready();
    health.change(spec, moved);
    spec_ = std::move(spec);
    retired_ = false;
  }

  /// Only what is in flight is seen to its end.
  void retire() {
    drop_ready();
    to_block_.clear();
    paused_ = false;
    retired_ = true;
  }

  // --- rows that are planned and may be sent
  bool has_untried() const {
    return std::ranges::any_of(ready_, [](const PlannedRow& planned) { return planned.row.attempts == 0; });
  }
  const std::deque<PlannedRow>& ready() const { return ready_; }
  PlannedRow& ready_at(std::size_t at) { return ready_[at]; }

  /// Planned rows are kept up to here: enough to refill every slot while the disk is waited for.
  std::size_t ready_capacity() const {
    constexpr std::size_t kMostBeside = 32;
    const auto twice = static_cast<std::size_t>(budget.max_in_flight()) * 2;
    return twice + std::min(twice, kMostBeside);
  }

  /// Planned rows that leave no room for others. During an outage those that were tried before do leave some:
  /// they may be failing by themselves, and others must get a chance to show it.
  std::size_t crowd() const {
    if (!health.outage()) return ready_.size();
    return static_cast<std::size_t>(
        std::ranges::count_if(ready_, [](const PlannedRow& planned) { return planned.row.attempts == 0; }));
  }

  /// The row holds its click from now on. Throws std::bad_alloc with nothing changed.
  void add_ready(PlannedRow planned, bool has_blocked) {
    ready_.push_back(std::move(planned));
    try {
      clicks.hold(ready_.back().row, ready_.back().key.subid, has_blocked);
    } catch (const std::bad_alloc&) {
      ready_.pop_back();
      throw;
    }
  }

  /// It still holds its click.
  PlannedRow take_ready(std::size_t at) noexcept {
    PlannedRow planned = std::move(ready_[at]);
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(at));
    return planned;
  }

  /// The reverse: the place of the row that is sent next. Throws std::bad_alloc with nothing changed.
  PlannedRow& put_back_first() { return ready_.emplace_front(); }

  /// Planned rows are as if they had never been loaded.
  void drop_ready() {
    for (const PlannedRow& planned : ready_) clicks.release(planned.row.id, planned.row.subid);
    ready_.clear();
  }

  // --- rows that must wait for another of their click; to say so takes a writing transaction
  const std::vector<core::OutboxId>& to_block() const { return to_block_; }
  void add_to_block(core::OutboxId id) { to_block_.push_back(id); }
  void on_blocked() { to_block_.clear(); }

  // --- requests that were handed over
  /// What the transport has not begun is to come back, as soon as it is told.
  void recall() noexcept {
    if (budget.in_flight() > 0) gate.next_generation();
  }

  std::size_t rows_in_memory() const { return clicks.rows() + to_block_.size(); }

  ClickTable clicks;
  LoadCursor cursor;
  TrackerHealth health;
  FlightBudget budget;
  GateState gate;

 private:
  ports::FlowId flow_;
  TrackerSpec spec_;
  bool paused_ = false;
  bool retired_ = false;
  std::deque<PlannedRow> ready_;
  std::vector<core::OutboxId> to_block_;
};

}  // namespace keitaro_outbox::delivery
