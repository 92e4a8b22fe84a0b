#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "delivery/lane.hpp"
#include "delivery/loader.hpp"
#include "delivery/outcome.hpp"
#include "delivery/recorder.hpp"
#include "ports/chance.hpp"
#include "ports/clock.hpp"
#include "ports/observer.hpp"
#include "ports/store.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// The way of a row: load → plan → send → read → settle → record. One thread calls it; it never waits,
/// neither for the network nor for the clock, so the same code runs in real and in simulated time.
class Cycle {
 public:
  Cycle(ports::Store& store, ports::Transport& transport, const ports::Clock& clock, ports::Chance& chance,
        ports::Observer& observer, std::vector<TrackerSpec> trackers);

  /// Does all that can be done now. Gives the time at which it must be called again at the latest, also when
  /// nothing is heard from the transport or of commits; nullopt when only they can bring work.
  std::optional<core::SteadyTime> turn();

  /// Whether others have committed since the last look. A cheap look of its own, for use between turns: when
  /// it is true, call turn().
  bool notice_commits();

  /// Sends nothing more; what is in flight is still read and recorded by further turns.
  void stop_sending();

  int in_flight() const { return in_flight_; }

  /// Outcomes that are not committed yet.
  std::size_t unrecorded() const { return outcomes_.size(); }

  /// Whether this cycle itself has committed something so recently.
  bool committed_within(core::SteadyTime::duration span) const {
    return last_commit_ && clock_.steady() - *last_commit_ <= span;
  }

  /// Nothing is in flight and every outcome is committed.
  bool at_rest() const { return in_flight_ == 0 && outcomes_.empty(); }

  /// At rest with nothing pending for any known tracker. Reads the store; false when it cannot be read.
  bool drained();

  /// Trackers that pending rows name and nobody configured, as last seen.
  const std::vector<std::string>& unknown_trackers() const { return unknown_names_; }

  /// Rows in memory, whatever became of them: bounded by the trackers' concurrency.
  std::size_t rows_in_memory() const;

 private:
  struct Flight {
    Lane* lane = nullptr;
    Planned planned;
  };
  struct UnknownTracker {
    core::OutboxId explained_up_to = core::kBeforeAllRows;
    bool done = false;
    bool begin_again = false;  ///< Once done: rows that were passed may have changed meanwhile.
  };

  void take_answers();
  void settle_flight(Flight flight, ports::Completion& completion);
  void learn_pace(Lane& lane, const ports::Completion& completion, bool taken_in);
  void dispatch(Lane& lane, bool store_is_open);
  int sendable(Lane& lane);
  std::optional<Planned> next_to_send(Lane& lane, bool store_is_open);
  std::deque<Planned>::iterator any_row(Lane& lane);
  void send(Lane& lane, Planned planned);
  int allowance(Lane& lane);
  void tell_breaker(Lane& lane, core::Breaker::Phase before, std::string_view why);

  void refill();
  void use_store();
  bool must_record() const;
  bool must_load();
  bool may_load(Lane& lane);
  core::SteadyTime commit_from() const;
  void record();
  void load();
  void look_after_others();
  void look_for_unknown_trackers();
  void sweep();
  void store_failed(const ports::StoreError& error);
  std::optional<core::SteadyTime> next_turn();

  ports::Store& store_;
  ports::Transport& transport_;
  const ports::Clock& clock_;
  ports::Chance& chance_;
  ports::Observer& observer_;
  Loader loader_;
  Recorder recorder_;

  std::deque<Lane> lanes_;  // Outcomes and flights point into it: it never changes after construction.
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::vector<ports::Request> to_submit_;
  std::vector<ports::Completion> completions_;
  std::vector<Outcome> outcomes_;
  std::uint64_t next_ticket_ = 1;
  int in_flight_ = 0;
  bool stopping_ = false;

  std::uint64_t epoch_ = 1;
  bool commits_noticed_ = false;
  std::optional<core::SteadyTime> last_commit_;
  core::SteadyTime::duration last_commit_took_{};
  std::optional<core::SteadyTime> others_committed_at_;

  std::optional<core::SteadyTime> store_retry_at_;
  int store_failures_ = 0;

  std::unordered_map<std::string, UnknownTracker> unknown_;
  std::vector<std::string> unknown_names_;
  bool unknown_stale_ = true;
  std::optional<core::SteadyTime> unknown_looked_at_;
  bool sweep_stale_ = true;
  core::SteadyTime next_sweep_at_{};
  core::SteadyTime::duration sweep_took_{};
  std::optional<ports::SweepPosition> sweeping_;
};

}  // namespace keitaro_outbox::delivery
