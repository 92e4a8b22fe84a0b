#include "worker/engine.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "delivery/cycle.hpp"
#include "http/client/curl_transport.hpp"
#include "ports/out_of_memory.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/durability/commit_watch.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "worker/counting_observer.hpp"
#include "worker/event_loop.hpp"
#include "worker/leadership.hpp"
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

  mutable std::mutex mutex;  ///< Guards what stands below.
  std::optional<std::vector<delivery::TrackerSpec>> new_trackers;
  std::vector<delivery::TrackerSnapshot> standing;

  bool reconfigure_due = false;
  SteadyTime standing_noted_at{};
  std::unique_ptr<sqlite::SqliteStore> store;
  std::unique_ptr<Leadership> office;
  std::unique_ptr<sqlite::Checkpointer> checkpointer;
  std::unique_ptr<Retention> retention;  ///< Where the settings keep no row for ever.
  std::unique_ptr<sqlite::CommitWatch> watch;
  SteadyTime next_file_look{};
  bool another_database = false;  ///< Nothing in memory is of the database that is open now.
  bool lock_lost = false;
};

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
  if (store) return;
  store = std::make_unique<sqlite::SqliteStore>(options.database);
  office = std::make_unique<Leadership>(options.database);
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
      summary.end = stopping       ? Summary::End::stopped
                    : time_is_up() ? Summary::End::gave_up
                                   : Summary::End::drained;
    }
  } while (lock_lost);
  summary.counts = observer.counts();
  Left left = pending_summary(*store, options.trackers);
  summary.pending_left = left.pending;
  summary.paused_trackers = std::move(left.paused_trackers);
  return summary;
}

void Engine::Parts::become_leader() {
  // It may have been replaced while we stood by.
  if (store->check_file() == sqlite::SqliteStore::FileCheck::reopen) store->reopen();
  office->take(*store);
  if (std::exchange(options.resume_restored, false)) {
    const std::int64_t groups = store->accept_copy();
    if (groups > 0) {
      office->forget_receipts();
      observer.on_resumed_restored(groups);
    }
  }
  observer.on_finished([this](core::OutboxId row, bool delivered) { office->finished(row, delivered); });
}

/// Another worker of this process may take over, though this object lives on.
void Engine::Parts::close() noexcept {
  close_helpers();
  watch.reset();
  store.reset();
  observer.on_finished(nullptr);
  if (office) office->leave();
  office.reset();
  phase = RunPhase::ended;
}

void Engine::Parts::open_helpers() {
  checkpointer = std::make_unique<sqlite::Checkpointer>(
      options.database, sqlite::CheckpointerOptions{.on_timing = options.on_timing});
  store->on_timing(options.on_timing);
  store->on_wal_growth([this](int pages) {
    if (checkpointer) checkpointer->log_has(pages);
  });
  watch = std::make_unique<sqlite::CommitWatch>(options.database);
  open_retention();
}

/// Nothing is deleted from a database that waits for the operator.
void Engine::Parts::open_retention() {
  if (retention || !options.keep.any() || !store->usable()) return;
  retention = std::make_unique<Retention>(
      options.database, options.keep, [this](int pages) { checkpointer->log_has(pages); },
      [this] { event_loop.answers.raise(); });
}

/// The connections of both are on the file as it was when they were made.
void Engine::Parts::close_helpers() noexcept {
  retention.reset();
  checkpointer.reset();
}

/// Whatever was done to the file from outside: noticed, and got over where that can be done.
void Engine::Parts::look_after_file(delivery::Cycle& cycle) {
  if (!watch->file_was_put() && clock.steady() < next_file_look) return;
  const bool was_usable = store->usable();
  lock_lost = !office->keep();
  if (store->check_file() == sqlite::SqliteStore::FileCheck::reopen) {
    close_helpers();
    const bool was_open = store->was_open();
    another_database = !store->reopen();
    if (store->is_open()) office->remember(store->identity());
    if (store->usable() && was_open) {
      const auto unrecorded = static_cast<std::size_t>(cycle.in_flight()) + cycle.unrecorded();
      observer.on_store_replaced(
          another_database
              ? "another database is in its place now; what became of " + std::to_string(unrecorded) +
                    " rows of the former one that were being sent cannot be recorded any more"
              : std::string("a copy that lacks nothing is in its place now"));
    }
  }
  if (store->usable()) {
    if (!checkpointer) open_helpers();
    open_retention();
    if (!was_usable) cycle.try_store_again();
  }
  next_file_look = clock.steady() + kFileLookEvery;
}

/// Waits for the lock. False when there is no need of it any more: stopped, out of time, or drained by the
/// other worker. Throws StoreError as Standby::look().
bool Engine::Parts::stand_by() {
  if (office->lock().try_acquire()) return true;
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
    if (office->lock().acquire_within(limit, event_loop.stop.fd())) {
      observer.on_taking_over();
      return true;
    }
    if (options.until_drained && !pending_for(*store, options.trackers)) return false;
    if (const auto why = standby.look(clock.steady(), *office, *store)) observer.on_long_wait(*why);
  }
  return false;
}

Summary Engine::Parts::deliver() {
  const PunctualSleeps punctual;
  phase = RunPhase::delivering;
  Summary summary;
  do {
    another_database = false;
    summary = deliver_from_this_database();
  } while (another_database && !stopping && !lock_lost);
  return summary;
}

Summary Engine::Parts::deliver_from_this_database() {
  open_helpers();
  const std::vector<ports::InProgressSlot> noted = office->marks(options.senders);
  http::CurlTransportOptions transport_options;
  transport_options.senders = options.senders;
  transport_options.on_completion = [this] { event_loop.answers.raise(); };
  transport_options.marks.assign(noted.begin() + 1, noted.end());
  transport_options.receipts = &office->receipts();
  http::CurlTransport sending(std::move(transport_options));
  const ReplayingTransport::Left left = office->unrecorded_acks(*store);
  if (!left.empty()) observer.on_answers_recovered(left.size());
  ReplayingTransport transport(sending, left, [this] { event_loop.answers.raise(); });
  take_new_trackers();
  delivery::Cycle cycle(*store, transport, clock, chance, observer, options.trackers);
  cycle.set_in_progress_slot(noted.front());
  for (auto& [row, reason] : office->quarantined_rows()) cycle.quarantine(row, std::move(reason));
  std::optional<Watchdog> watchdog;
  if (options.handling_limit && options.on_wedge)
    watchdog.emplace(noted, *options.handling_limit, options.on_wedge);

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
    if (options.until_drained && store->groups_missing() > 0) store->begin_read();
    if (another_database) break;
    if (!abandon_at && !lock_lost) reconfigure(cycle);
    const auto again_at = lock_lost ? std::nullopt : cycle.turn();
    if (checkpointer) checkpointer->others_commit(cycle.beside_others());
    tell_of_turn(&cycle);
    in_flight.store(cycle.in_flight(), std::memory_order_relaxed);
    tell_of_retention();
    if (abandon_at || lock_lost) {
      if (cycle.at_rest()) break;
      if (lock_lost || clock.steady() >= *abandon_at) {
        observer.on_abandoned(cycle.in_flight(), cycle.unrecorded());
        break;
      }
    } else if (options.until_drained && cycle.at_rest() && cycle.drained()) {
      summary.end = Summary::End::drained;
      break;
    }
    auto until = std::min(again_at.value_or(next_file_look), next_file_look);
    const auto limit = abandon_at ? abandon_at : give_up_at;
    if (limit) until = std::min(until, *limit);
    event_loop.wait(cycle, *watch, until, [&] { tell_of_turn(&cycle); });
  }
  in_flight = 0;
  store->on_wal_growth(nullptr);
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
  const sqlite::Pruned& pruned = report->pruned;
  if (pruned.any()) {
    observer.on_pruned({.rows = pruned.rows, .attempts = pruned.attempts, .conversions = pruned.conversions});
  }
  if (!report->error.empty()) observer.on_prune_failed(report->error);
}

}  // namespace keitaro_outbox::worker
