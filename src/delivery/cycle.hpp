#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/backoff.hpp"
#include "delivery/breaker_state_writer.hpp"
#include "delivery/clock_watch.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/foreign_commits.hpp"
#include "delivery/loader.hpp"
#include "delivery/maintenance.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "delivery/recorder.hpp"
#include "delivery/row_outcome.hpp"
#include "delivery/settler.hpp"
#include "delivery/tracker_snapshot.hpp"
#include "delivery/trackers.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"
#include "ports/random.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// How far the wait has come for the end of what was loaded before it began: no more of it is sent, then all
/// of it that was sent has ended, then its outcomes are recorded.
struct Handover {
  enum class Stage : std::uint8_t { loaded, sent, settled };
  std::uint64_t generation = 0;  ///< Of the look at the store before.
  Stage stage = Stage::loaded;
  std::uint64_t ticket = 0;    ///< Requests before it are waited for.
  std::uint64_t outcomes = 0;  ///< So many are to be committed.
};

/// The way of a row: load → plan → dispatch → settle → record. One thread calls it; it never waits, neither
/// for the network nor for the clock, so the same code runs in real and in simulated time.
class Cycle {
 public:
  Cycle(ports::OutboxStore& store, ports::Transport& transport, const ports::Clock& clock,
        ports::Random& random, ports::Observer& observer, std::vector<TrackerSpec> trackers);
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;

  /// Does all that can be done now. Returns the time at which it must be called again at the latest, even
  /// when nothing comes from the transport and nobody commits; nullopt when only these can bring work.
  /// Trouble with the store, or for lack of memory, is told to the observer and waited out.
  std::optional<core::SteadyTime> turn();

  /// Whether others have committed since the last look. A cheap look of its own, for use between turns: when
  /// it is true, call turn().
  bool notice_commits() { return commits_.noticed(); }

  /// Others are about to commit, it seems.
  void expect_commit() noexcept {
    if (dispatcher_.in_flight() == 0) dispatcher_.expect();
  }

  /// Replaces the trackers, between two turns. One that stays keeps its rows in flight, which end under the
  /// settings that they were sent with, and its breaker, unless its address has changed. The rows of one that
  /// is gone are those of an unknown tracker from now on.
  void reconfigure(std::vector<TrackerSpec> trackers);

  /// The trackers of the configuration, and those that are gone and still have something in flight.
  std::vector<TrackerSnapshot> standing() const { return trackers_.snapshots(); }
  /// Where to note which row is being handled.
  void set_in_progress_slot(const ports::InProgressSlot& slot) { in_progress_ = slot; }

  /// Asked before each burst of requests: where it says no they stay here, and the next turn asks again.
  void set_may_send(std::function<bool()> may_send) { dispatcher_.set_may_send(std::move(may_send)); }

  /// The row is not handled any more, as it has ended several workers: it is `dead` for `reason`.
  void quarantine(core::OutboxId id, std::string reason) { loader_.quarantine(id, std::move(reason)); }

  /// After trouble with the store: tries again now.
  void try_store_again() { store_backoff_.retry_now(); }

  /// Sends nothing more; what is in flight is still read and recorded by further turns.
  void stop_sending();

  /// Requests that may have been begun: those that wait at the transport are not counted.
  int in_flight() const { return dispatcher_.begun(); }

  /// Outcomes that are not committed yet.
  std::size_t unrecorded() const { return outcomes_.size(); }

  /// Whether this cycle itself has committed outcomes within the last `span`.
  bool committed_within(core::SteadyTime::duration span) const {
    return recorder_.policy().committed_within(span);
  }

  /// Whether others commit to the same database.
  bool beside_others() const { return recorder_.policy().beside_others(); }

  /// Begins to wait until all that is loaded by now of rows that will not be loaded again is over.
  Handover handover() const {
    return {.generation = commits_.generation(), .stage = Handover::Stage::loaded};
  }
  /// Whether it is: asked after each turn.
  bool is_over(Handover& handover) const;

  /// Nothing is in flight and every outcome is committed.
  bool at_rest() const { return dispatcher_.in_flight() == 0 && outcomes_.empty(); }

  /// At rest with nothing pending for any known tracker that is not paused. Reads the store; false when it
  /// cannot be read.
  bool drained();

  /// Trackers that pending rows name and nobody configured, as last seen.
  const std::vector<std::string>& unknown_trackers() const { return maintenance_.unknown_trackers(); }

  /// Rows in memory, whatever became of them: bounded by what may be in flight.
  std::size_t rows_in_memory() const;

 private:
  void take_turn();
  void take_answers();
  void refill();
  void use_store();
  bool must_record() const;
  bool must_load();
  bool must_recheck(const TrackerQueue& queue) const;
  bool may_load(TrackerQueue& queue);
  void load();
  void look_again();
  void dispatch(bool store_open);
  void maintain();
  void bring_back();
  void store_failed(std::string_view what);
  std::optional<core::SteadyTime> next_turn();

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  ports::Observer& observer_;
  ports::InProgressSlot in_progress_;

  std::deque<TrackerQueue> queues_;  // Outcomes and flights point into it: it only ever grows, at its end.
  OutcomeBuffer outcomes_;
  ForeignCommits commits_;
  Backoff store_backoff_;
  BreakerStateWriter breaker_states_;
  Loader loader_;
  Dispatcher dispatcher_;
  Settler settler_;
  Recorder recorder_;
  Trackers trackers_;
  Maintenance maintenance_;

  ClockWatch clock_watch_;
  bool looked_at_store_ = false;  ///< Once at least.
  bool stopping_ = false;
};

}  // namespace keitaro_outbox::delivery
