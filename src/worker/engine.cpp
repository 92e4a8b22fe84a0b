#include "worker/engine.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "delivery/cycle.hpp"
#include "ports/out_of_memory.hpp"
#include "worker/counting_observer.hpp"
#include "worker/event_loop.hpp"
#include "worker/pending_summary.hpp"
#include "worker/replaying_transport.hpp"
#include "worker/retention.hpp"
#include "worker/standby.hpp"
#include "worker/system_clock.hpp"
#include "worker/timer_slack.hpp"
#include "worker/watchdog.hpp"

namespace keitaro_outbox::worker {

namespace {

using namespace std::chrono_literals;
using core::Millis;
using core::SteadyTime;

/// How each tracker does is noted no more often, for others to read.
constexpr auto kStandingEvery = 100ms;

/// So often the database's file is looked at: is it still the same?
constexpr auto kFileLookEvery = 500ms;
/// The same where the lock file is not ours any more, which can last while its folder is gone.
constexpr auto kFileLookWithoutLock = 20ms;

/// A standby wakes at once when the lock is free; these are for what else it looks after.
constexpr auto kStandbyWake = 1h;
constexpr auto kStandbyTurn = 1s;
constexpr auto kDrainedByAnotherPoll = 100ms;

}  // namespace

struct Engine::Parts {
  explicit Parts(EngineOptions given) : options(std::move(given)), observer(options.observer) {}

  void open();
  Summary run();
  bool stand_by();
  void become_leader();
  void close() noexcept;
  Summary deliver();
  Summary deliver_from_this_database();
  void open_helpers();
  void look_after_file(delivery::Cycle& cycle);
  bool may_send();
  Millis longest_request() const;
  std::function<bool(Millis)> may_begin_check();
  void give_surplus_away(delivery::Cycle& cycle);
  bool nothing_due_in_time();
  bool time_is_up() const { return give_up_at && clock.steady() >= *give_up_at; }
  void open_retention();
  void close_helpers() noexcept;
  void tell_of_retention();
  bool take_new_trackers();
  void reconfigure(delivery::Cycle& cycle);
  void tell_of_turn(const delivery::Cycle* cycle);

  EngineOptions options;
  CountingObserver observer;
  SystemClock clock;
  SystemRandom chance;
  EventLoop event_loop;
  std::atomic<bool> stopping{false};
  std::atomic<RunPhase> phase{RunPhase::starting};
  std::atomic<int> in_flight{0};
  std::optional<SteadyTime> give_up_at;
  std::optional<core::WallTime> next_due_at;  ///< Set where nothing is due before `give_up_at`.

  mutable std::mutex mutex;  ///< Guards what stands below.
  std::optional<std::vector<delivery::TrackerSpec>> new_trackers;
  std::vector<delivery::TrackerSnapshot> standing;

  bool reconfigure_due = false;
  SteadyTime standing_noted_at{};
  std::unique_ptr<ports::Backend> backend;
  std::unique_ptr<Retention> retention;  ///< Where the settings do not keep every row for ever.
  SteadyTime next_file_look{};
  bool another_database = false;  ///< Nothing in memory is of the database that is open now.
  bool lock_lost = false;
  std::optional<delivery::Handover> handing_over;
};

std::string_view name_of(Summary::End end) {
  switch (end) {
    case Summary::End::stopped:
      return "stopped";
    case Summary::End::drained:
      return "drained";
    case Summary::End::gave_up:
      return "gave_up";
  }
  return "stopped";
}

Engine::Engine(EngineOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
Engine::~Engine() = default;

void Engine::open() {
  try {
    parts_->open();
  } catch (const std::bad_alloc&) {
    throw ports::OutOfMemory();
  }
}

Summary Engine::run() {
  try {
    return parts_->run();
  } catch (const std::bad_alloc&) {
    throw ports::OutOfMemory();
  } catch (const std::system_error& error) {
    throw std::runtime_error(
        std::string("the worker cannot be started: no threads, descriptors or memory are left (") +
        error.what() + "); see `ulimit -a`");
  }
}

void Engine::stop() noexcept {
  parts_->stopping = true;
  parts_->event_loop.stop.raise();
}

Counts Engine::counts() const {
  Counts counts = parts_->observer.counts();
  counts.in_flight =
      static_cast<std::uint64_t>(std::max(parts_->in_flight.load(std::memory_order_relaxed), 0));
  return counts;
}

void Engine::reconfigure(std::vector<delivery::TrackerSpec> trackers) {
  {
    const std::lock_guard guard(parts_->mutex);
    parts_->new_trackers = std::move(trackers);
  }
  parts_->event_loop.reconfigure.raise();
}

std::vector<delivery::TrackerSnapshot> Engine::trackers() const {
  const std::lock_guard guard(parts_->mutex);
  return parts_->standing;
}

RunPhase Engine::phase() const {
  return parts_->phase;
}

void Engine::Parts::open() {
  if (!backend) backend = options.parts.open_backend();
}

Summary Engine::Parts::run() {
  struct Ends {
    Parts& parts;
    ~Ends() { parts.close(); }
  } const ends{*this};

  if (options.give_up_after) give_up_at = clock.steady() + *options.give_up_after;
  open();
  Summary summary;
  do {
    lock_lost = false;
    if (stand_by()) {
      become_leader();
      summary = deliver();
    } else {
      summary.end = stopping                      ? Summary::End::stopped
                    : time_is_up() || next_due_at ? Summary::End::gave_up
                                                  : Summary::End::drained;
    }
  } while (lock_lost);
  summary.counts = observer.counts();
  summary.next_due_at = next_due_at;
  Left left = pending_summary(backend->store(), options.trackers);
  summary.pending_left = left.pending;
  summary.paused_trackers = std::move(left.paused_trackers);
  return summary;
}

void Engine::Parts::become_leader() {
  if (options.parts.may_lead) options.parts.may_lead();
  const std::int64_t groups_missing = backend->take_over(std::exchange(options.resume_restored, false));
  if (groups_missing > 0) observer.on_resumed_restored(groups_missing);
  const bool doubtful = groups_missing > 0 || (backend->memory().lost_acks() && backend->usable());
  if (doubtful && options.on_doubt) {
    const auto past = groups_missing > 0 ? DoubtfulPast::restored : DoubtfulPast::power_cut;
    options.on_doubt(backend->store(), past, [this] { return stopping || time_is_up(); });
  }
  observer.on_finished(
      [this](core::OutboxId row, bool delivered) { backend->memory().finished(row, delivered); });
}

/// Another worker of this process may take over, though this object lives on.
void Engine::Parts::close() noexcept {
  observer.on_finished(nullptr);
  retention.reset();
  backend.reset();
  phase = RunPhase::ended;
}

void Engine::Parts::open_helpers() {
  backend->start_upkeep(options.on_timing);
  open_retention();
}

/// Nothing is deleted from a database that waits for the operator.
void Engine::Parts::open_retention() {
  if (retention || !options.keep.any() || !backend->usable()) return;
  retention = std::make_unique<Retention>(
      [this](const ports::PruningOptions& pruning) { return backend->pruner(pruning); }, options.keep,
      [this] { event_loop.answers.raise(); });
}

/// The connections of both are on the file as it was when they were made.
void Engine::Parts::close_helpers() noexcept {
  retention.reset();
  backend->stop_upkeep();
}

/// Whatever was done to the file from outside: noticed, and got over where that can be done.
void Engine::Parts::look_after_file(delivery::Cycle& cycle) {
  if (!backend->commits().take_replacement_hint() && clock.steady() < next_file_look) return;
  const bool was_usable = backend->usable();
  lock_lost = !backend->leadership().renew();
  if (backend->must_reopen()) {
    close_helpers();
    const auto reopened = backend->reopen();
    another_database = reopened == ports::Backend::Reopened::another_database;
    if (backend->usable() && reopened != ports::Backend::Reopened::opened_at_last) {
      const auto unrecorded = static_cast<std::size_t>(cycle.in_flight()) + cycle.unrecorded();
      observer.on_store_replaced(
          another_database
              ? "another database is in its place now; what became of " + std::to_string(unrecorded) +
                    " rows of the former one that were being sent cannot be recorded any more"
              : std::string("a copy that lacks nothing is in its place now"));
    }
  }
  if (backend->usable()) {
    if (!backend->upkeep_runs()) open_helpers();
    open_retention();
    if (!was_usable) cycle.try_store_again();
  }
  next_file_look = clock.steady() + kFileLookEvery;
}

Millis Engine::Parts::longest_request() const {
  Millis longest{0};
  for (const delivery::TrackerSpec& tracker : options.trackers)
    longest = std::max(longest, tracker.request_timeout);
  return longest;
}

/// The senders ask once more: a request may have waited for a slot, or its thread for the processor.
std::function<bool(Millis)> Engine::Parts::may_begin_check() {
  if (!backend->leadership().expires()) return {};
  return [&leadership = backend->leadership()](Millis span) { return leadership.is_current(span); };
}

/// Another worker has come: it gets its part once all of that which was loaded before is recorded.
void Engine::Parts::give_surplus_away(delivery::Cycle& cycle) {
  ports::Leadership& leadership = backend->leadership();
  if (!leadership.has_surplus()) {
    handing_over.reset();
    return;
  }
  if (!handing_over) handing_over.emplace(cycle.handover());
  if (!cycle.is_over(*handing_over)) return;
  try {
    leadership.give_surplus_away();
    handing_over.reset();
  } catch (const ports::StoreError&) {
    // The next round tries again.
  }
}

/// Asked before each burst of requests: while this process was frozen another worker may have taken over.
/// Where it may have, look_after_file() finds out.
bool Engine::Parts::may_send() {
  if (backend->leadership().is_current(longest_request())) return true;
  next_file_look = std::min(next_file_look, clock.steady() + kFileLookWithoutLock);
  return false;
}

/// Whether waiting until `give_up_at` would be of no use.
bool Engine::Parts::nothing_due_in_time() {
  if (!give_up_at) return false;
  const auto due_at = first_due_at(backend->store(), options.trackers);
  const core::WallTime limit = clock.wall() + std::chrono::ceil<Millis>(*give_up_at - clock.steady());
  if (!due_at || *due_at <= limit) return false;
  next_due_at = due_at;
  return true;
}

/// Waits for the lock. False when there is no need of it any more: stopped, out of time, drained by the other
/// worker, or nothing due in time. Throws StoreError as Standby::look().
bool Engine::Parts::stand_by() {
  if (backend->leadership().try_acquire()) return true;
  phase = RunPhase::standing_by;
  observer.on_standing_by();
  Standby standby({.until_drained = options.until_drained, .resume_restored = options.resume_restored},
                  clock.steady());
  while (!stopping && !time_is_up()) {
    auto limit = options.until_drained ? Millis{kDrainedByAnotherPoll} : Millis{kStandbyWake};
    if (options.on_turn) limit = std::min(limit, Millis{kStandbyTurn});
    limit = std::min(limit, standby.look_every().value_or(limit));
    if (give_up_at) limit = std::min(limit, std::chrono::ceil<Millis>(*give_up_at - clock.steady()));
    tell_of_turn(nullptr);
    take_new_trackers();
    if (backend->leadership().acquire_within(limit, event_loop.stop.fd())) {
      observer.on_taking_over();
      return true;
    }
    if (options.until_drained && (!pending_for(backend->store(), options.trackers) || nothing_due_in_time()))
      return false;
    if (const auto why = standby.look(clock.steady(), *backend)) observer.on_long_wait(*why);
  }
  return false;
}

Summary Engine::Parts::deliver() {
  const PunctualSleeps punctual;
  phase = RunPhase::delivering;
  Summary summary;
  do {
    another_database = false;
    handing_over.reset();
    summary = deliver_from_this_database();
  } while (another_database && !stopping && !lock_lost);
  return summary;
}

Summary Engine::Parts::deliver_from_this_database() {
  open_helpers();
  ports::OutboxStore& store = backend->store();
  ports::RecoveryMemory& memory = backend->memory();
  const std::vector<ports::InProgressSlot> slots = memory.slots(options.senders);
  const auto sending = options.parts.make_transport({.senders = options.senders,
                                                     .on_completion = [this] { event_loop.answers.raise(); },
                                                     .slots = {slots.begin() + 1, slots.end()},
                                                     .may_begin = may_begin_check(),
                                                     .acks = memory.acks()});
  const ReplayingTransport::Left left = memory.unrecorded_acks();
  if (!left.empty()) observer.on_answers_recovered(left.size());
  ReplayingTransport transport(*sending, left, [this] { event_loop.answers.raise(); });
  take_new_trackers();
  delivery::Cycle cycle(store, transport, clock, chance, observer, options.trackers);
  cycle.set_in_progress_slot(slots.front());
  cycle.set_may_send([this] { return may_send(); });
  for (auto& [row, reason] : memory.quarantined_rows()) cycle.quarantine(row, std::move(reason));
  std::optional<Watchdog> watchdog;
  if (options.handling_limit && options.on_wedge)
    watchdog.emplace(slots, *options.handling_limit, options.on_wedge);

  Summary summary;
  std::optional<SteadyTime> abandon_at;
  while (true) {
    if (!abandon_at && (stopping || time_is_up())) {
      summary.end = stopping ? Summary::End::stopped : Summary::End::gave_up;
      phase = RunPhase::stopping;
      event_loop.note_stop();
      cycle.stop_sending();
      abandon_at = clock.steady() + options.grace;
    }
    look_after_file(cycle);
    // A script cannot wait for the operator: this throws, saying what is to be done.
    if (options.until_drained && backend->is_older_copy()) store.begin_read();
    if (another_database) break;
    if (!abandon_at && !lock_lost) reconfigure(cycle);
    const auto again_at = lock_lost ? std::nullopt : cycle.turn();
    backend->others_commit(cycle.beside_others());
    give_surplus_away(cycle);
    tell_of_turn(&cycle);
    in_flight.store(cycle.in_flight(), std::memory_order_relaxed);
    tell_of_retention();
    if (abandon_at || lock_lost) {
      if (cycle.at_rest()) break;
      if (lock_lost || clock.steady() >= *abandon_at) {
        observer.on_abandoned(cycle.in_flight(), cycle.unrecorded());
        break;
      }
    } else if (options.until_drained && cycle.at_rest()) {
      if (cycle.drained()) {
        summary.end = Summary::End::drained;
        break;
      }
      if (nothing_due_in_time()) {
        summary.end = Summary::End::gave_up;
        break;
      }
    }
    auto until = std::min(again_at.value_or(next_file_look), next_file_look);
    const auto limit = abandon_at ? abandon_at : give_up_at;
    if (limit) until = std::min(until, *limit);
    event_loop.wait(cycle, backend->commits(), until, [&] { tell_of_turn(&cycle); });
  }
  in_flight = 0;
  close_helpers();
  summary.unknown_trackers = cycle.unknown_trackers();
  return summary;
}

/// Whether there were some.
bool Engine::Parts::take_new_trackers() {
  const std::lock_guard guard(mutex);
  if (!new_trackers) return false;
  options.trackers = std::move(*new_trackers);
  new_trackers.reset();
  return true;
}

void Engine::Parts::tell_of_turn(const delivery::Cycle* cycle) {
  if (options.on_turn) options.on_turn(phase);
  if (!cycle) return;
  const SteadyTime now = clock.steady();
  if (now - standing_noted_at < kStandingEvery) return;
  standing_noted_at = now;
  try {
    auto noted = cycle->standing();
    const std::lock_guard guard(mutex);
    standing = std::move(noted);
  } catch (const std::bad_alloc&) {
    // What was noted before stands a little longer.
  }
}

/// Where memory runs out it is done again, from the first.
void Engine::Parts::reconfigure(delivery::Cycle& cycle) {
  reconfigure_due |= take_new_trackers();
  if (!reconfigure_due) return;
  try {
    cycle.reconfigure(options.trackers);
    reconfigure_due = false;
  } catch (const std::bad_alloc&) {
    event_loop.reconfigure.raise();
  }
}

void Engine::Parts::tell_of_retention() {
  const auto report = retention ? retention->take_report() : std::nullopt;
  if (!report) return;
  const ports::Pruned& pruned = report->pruned;
  if (pruned.any()) {
    observer.on_pruned({.rows = pruned.rows, .attempts = pruned.attempts, .conversions = pruned.conversions});
  }
  if (!report->error.empty()) observer.on_prune_failed(report->error);
}

}  // namespace keitaro_outbox::worker
