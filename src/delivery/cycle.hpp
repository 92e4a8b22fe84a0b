#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "delivery/breaker_state_writer.hpp"
#include "delivery/group_commit_policy.hpp"
#include "delivery/loader.hpp"
#include "delivery/maintenance.hpp"
#include "delivery/recorder.hpp"
#include "delivery/row_outcome.hpp"
#include "delivery/tracker_queue.hpp"
#include "delivery/tracker_snapshot.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"
#include "ports/random.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// The way of a row: load → plan → send → read → settle → record. One thread calls it; it never waits,
/// neither for the network nor for the clock, so the same code runs in real and in simulated time.
class Cycle {
 public:
  Cycle(ports::OutboxStore& store, ports::Transport& transport, const ports::Clock& clock,
        ports::Random& chance, ports::Observer& observer, std::vector<TrackerSpec> trackers);

  /// Does all that can be done now. Gives the time at which it must be called again at the latest, also when
  /// nothing is heard from the transport or of commits; nullopt when only they can bring work. Trouble with
  /// the store, or for lack of memory, is told to the observer and waited out.
  std::optional<core::SteadyTime> turn();

  /// Whether others have committed since the last look. A cheap look of its own, for use between turns: when
  /// it is true, call turn().
  bool notice_commits();

  /// Others are about to commit, it seems.
  void expect_commit() noexcept {
    if (in_flight_ == 0) transport_.expect();
  }

  /// Replaces the trackers, between two turns. One that stays keeps its rows in flight, which end under the
  /// settings that they were sent with, and its breaker, unless its address has changed. The rows of one that
  /// is gone are those of an unknown tracker from now on.
  void reconfigure(std::vector<TrackerSpec> trackers);

  /// The trackers of the configuration, and those that are gone and still have something in flight.
  std::vector<TrackerSnapshot> standing() const;
  /// Notes in `mark` which row is being handled.
  void set_in_progress_slot(const ports::InProgressSlot& mark);

  /// The row is not handled any more, as it has ended several workers: it is `dead` for `reason`.
  void quarantine(core::OutboxId id, std::string reason) { loader_.quarantine(id, std::move(reason)); }

  /// After trouble with the store: tries again now.
  void try_store_again();

  /// Sends nothing more; what is in flight is still read and recorded by further turns.
  void stop_sending();

  /// Requests that may have been begun: those that wait at the transport are not counted.
  int in_flight() const;

  /// Outcomes that are not committed yet.
  std::size_t unrecorded() const { return outcomes_.size(); }

  /// Whether this cycle itself has committed something so recently.
  bool committed_within(core::SteadyTime::duration span) const { return pace_.committed_within(span); }

  /// Whether others were seen to commit of late.
  bool beside_others() const { return pace_.beside_others(); }

  /// Nothing is in flight and every outcome is committed.
  bool at_rest() const { return in_flight_ == 0 && outcomes_.empty(); }

  /// At rest with nothing pending for any known tracker that is not paused. Reads the store; false when it
  /// cannot be read.
  bool drained();

  /// Trackers that pending rows name and nobody configured, as last seen.
  const std::vector<std::string>& unknown_trackers() const { return maintenance_.unknown_trackers(); }

  /// Rows in memory, whatever became of them: bounded by what may be in flight.
  std::size_t rows_in_memory() const;

 private:
  struct Flight {
    TrackerQueue* queue = nullptr;
    Planned planned;
    std::shared_ptr<const TrackerSpec> sent_under =
        {};  ///< The tracker's settings, where they have changed since.
  };
  void take_turn();
  void add_queue(TrackerSpec spec);
  void adopt(TrackerQueue& queue, TrackerSpec spec);
  void retire(TrackerQueue& queue);
  void put_back_planned(TrackerQueue& queue);
  void recall_all() noexcept;
  void put_back_not_started();
  void meet_own_trouble(std::string_view what);
  void reset_breaker(TrackerQueue& queue, std::string_view why);

  void take_answers();
  void settle_flight(Flight& flight, const ports::Completion& completion);
  bool is_only_too_often(const TrackerQueue& queue, const core::Meaning& meaning) const;
  void learn_pace(TrackerQueue& queue, const ports::Completion& completion, bool taken_in);
  void dispatch(TrackerQueue& queue, bool store_is_open);
  int sendable(TrackerQueue& queue);
  int prefetch(const TrackerQueue& queue) const;
  std::optional<Planned> next_to_send(TrackerQueue& queue, bool store_is_open);
  std::deque<Planned>::iterator any_row(TrackerQueue& queue);
  void send(TrackerQueue& queue, Planned planned, Flight& flight);
  int permits(TrackerQueue& queue);
  void rebalance();
  ports::Gate wanted_gate(const TrackerQueue& queue) const;
  void set_gates();
  void try_to_set_gates() noexcept;
  void submit();
  void tell_breaker(TrackerQueue& queue, core::Breaker::Phase before, std::string_view why);

  void refill();
  void use_store();
  bool must_record() const;
  bool must_load();
  bool may_load(TrackerQueue& queue);
  void record();
  void load();
  void obey_pauses();
  void write_breaker_states();
  void look_after_others();
  void store_failed(std::string_view what);
  bool is_in_own_trouble() const { return own_trouble_until_ && clock_.steady() < *own_trouble_until_; }
  bool store_is_paused() const { return store_retry_at_ && clock_.steady() < *store_retry_at_; }
  std::optional<core::SteadyTime> next_turn();

  ports::OutboxStore& store_;
  ports::Transport& transport_;
  const ports::Clock& clock_;
  ports::Random& chance_;
  ports::Observer& observer_;
  ports::InProgressSlot mark_;
  Loader loader_;
  Recorder recorder_;
  BreakerStateWriter notes_;
  GroupCommitPolicy pace_;
  Maintenance maintenance_;

  std::deque<TrackerQueue> queues_;  // Outcomes and flights point into it: it only ever grows, at its end.
  std::unordered_map<std::uint64_t, Flight>
      flights_;  ///< By ticket; the next ticket may have its place already.
  std::vector<ports::Request> to_submit_;
  std::vector<ports::Completion> completions_;
  std::size_t settled_ = 0;  ///< Of `completions_`.
  std::vector<RowOutcome> outcomes_;
  std::uint64_t next_ticket_ = 1;
  int in_flight_ = 0;
  bool stopping_ = false;

  std::uint64_t commit_generation_ = 1;
  bool commits_noticed_ = false;
  bool store_seen_ = false;  ///< It has been looked at once.

  std::optional<core::SteadyTime> own_trouble_until_;
  int own_troubles_ = 0;  ///< Since the last answer.

  std::optional<core::SteadyTime> store_retry_at_;
  int store_failures_ = 0;
};

}  // namespace keitaro_outbox::delivery
