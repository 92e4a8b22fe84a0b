#include "worker/engine.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "delivery/cycle.hpp"
#include "http/curl_transport.hpp"
#include "sqlite/checkpointer.hpp"
#include "sqlite/commit_watch.hpp"
#include "sqlite/migrator.hpp"
#include "sqlite/store.hpp"
#include "sqlite/writer_lock.hpp"
#include "worker/counting_observer.hpp"
#include "worker/event_fd.hpp"
#include "worker/system.hpp"

namespace keitaro_outbox::worker {

namespace {

using namespace std::chrono_literals;
using core::Millis;
using core::SteadyTime;
using Nanos = std::chrono::nanoseconds;

/// Others' commits are looked for this often even when nothing hints at one.
constexpr auto kSlowPoll = 100ms;

/// A hint of a commit comes before the commit can be seen: it is looked for in short steps, and not for long.
/// When the hint is most likely of our own commit, for shorter still.
constexpr auto kCommitStep = 50us;
constexpr auto kCommitSteppingLasts = 20ms;
constexpr auto kOwnCommitSteppingLasts = 500us;

/// While answers are under way a turn comes soon anyway, and looks; after a commit of our own one look more
/// will do.
constexpr auto kBusyCommitStep = 400us;

/// A standby wakes at once when the lock is free; these are for what else it looks after.
constexpr auto kStandbyWake = 1h;
constexpr auto kDrainedByAnotherPoll = 100ms;

/// What may wake the delivery thread, by place in what sleep_until() takes and gives.
constexpr std::size_t kStop = 0;
constexpr std::size_t kAnswers = 1;
constexpr std::size_t kCommitHint = 2;
using Readable = std::array<bool, 3>;

}  // namespace

struct Engine::Parts {
  explicit Parts(EngineOptions given) : options(std::move(given)), observer(options.observer) {}

  void open();
  Summary run();
  bool stand_by();
  Summary deliver();
  void wait(delivery::Cycle& cycle, std::optional<SteadyTime> again_at);
  Readable sleep_until(SteadyTime until, std::array<int, 3> fds);
  bool time_is_up() const { return give_up_at && clock.steady() >= *give_up_at; }
  bool nothing_pending_for_us();
  void note_what_is_left(Summary& summary);

  EngineOptions options;
  CountingObserver observer;
  SystemClock clock;
  RandomChance chance;
  EventFd stop_asked;
  EventFd answers;
  std::atomic<bool> stopping{false};
  std::atomic<Phase> phase{Phase::starting};
  std::atomic<int> in_flight{0};
  std::optional<SteadyTime> give_up_at;
  std::optional<SteadyTime> stepping_until;
  Nanos commit_step = kCommitStep;

  std::unique_ptr<sqlite::Store> store;
  std::unique_ptr<sqlite::WriterLock> lock;
  std::unique_ptr<sqlite::CommitWatch> watch;
};

Engine::Engine(EngineOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
Engine::~Engine() = default;

void Engine::open() {
  parts_->open();
}
Summary Engine::run() {
  return parts_->run();
}

void Engine::stop() noexcept {
  parts_->stopping = true;
  parts_->stop_asked.raise();
}

Counts Engine::counts() const {
  Counts counts = parts_->observer.counts();
  counts.in_flight =
      static_cast<std::uint64_t>(std::max(parts_->in_flight.load(std::memory_order_relaxed), 0));
  return counts;
}

Phase Engine::phase() const {
  return parts_->phase;
}

void Engine::Parts::open() {
  if (store) return;
  store = std::make_unique<sqlite::Store>(options.database);
  lock = std::make_unique<sqlite::WriterLock>(options.database);
}

Summary Engine::Parts::run() {
  struct EndsPhase {
    std::atomic<Phase>& phase;
    ~EndsPhase() { phase = Phase::ended; }
  } const ends{phase};

  if (options.give_up_after) give_up_at = clock.steady() + *options.give_up_after;
  open();
  Summary summary;
  if (!stand_by()) {
    summary.end = stopping       ? Summary::End::stopped
                  : time_is_up() ? Summary::End::gave_up
                                 : Summary::End::drained;
  } else {
    summary = deliver();
  }
  summary.counts = observer.counts();
  note_what_is_left(summary);
  // Another worker of this process may take over, though this object lives on.
  watch.reset();
  store.reset();
  lock.reset();
  return summary;
}

/// Waits for the lock. False when there is no need of it any more: stopped, out of time, or drained by the
/// other worker.
bool Engine::Parts::stand_by() {
  if (lock->try_acquire()) return true;
  phase = Phase::standing_by;
  observer.on_standing_by();
  while (!stopping && !time_is_up()) {
    auto limit = options.until_drained ? Millis{kDrainedByAnotherPoll} : Millis{kStandbyWake};
    if (give_up_at) limit = std::min(limit, std::chrono::ceil<Millis>(*give_up_at - clock.steady()));
    if (lock->acquire_within(limit, stop_asked.fd())) {
      observer.on_taking_over();
      return true;
    }
    if (options.until_drained && nothing_pending_for_us()) return false;
  }
  return false;
}

Summary Engine::Parts::deliver() {
  phase = Phase::delivering;
  sqlite::Checkpointer checkpointer(options.database);
  store->on_wal_growth([&](int pages) { checkpointer.log_has(pages); });
  watch = std::make_unique<sqlite::CommitWatch>(options.database);
  http::CurlTransportOptions transport_options;
  transport_options.senders = options.senders;
  transport_options.on_completion = [this] { answers.raise(); };
  http::CurlTransport transport(std::move(transport_options));
  delivery::Cycle cycle(*store, transport, clock, chance, observer, options.trackers);

  Summary summary;
  std::optional<SteadyTime> abandon_at;
  while (true) {
    if (!abandon_at && (stopping || time_is_up())) {
      summary.end = stopping ? Summary::End::stopped : Summary::End::gave_up;
      phase = Phase::stopping;
      cycle.stop_sending();
      abandon_at = clock.steady() + options.grace;
    }
    const auto again_at = cycle.turn();
    in_flight.store(cycle.in_flight(), std::memory_order_relaxed);
    if (abandon_at) {
      if (cycle.at_rest()) break;
      if (clock.steady() >= *abandon_at) {
        observer.on_abandoned(cycle.in_flight(), cycle.unrecorded());
        break;
      }
    } else if (options.until_drained && cycle.at_rest() && cycle.drained()) {
      summary.end = Summary::End::drained;
      break;
    }
    auto until = again_at;
    const auto limit = abandon_at ? abandon_at : give_up_at;
    if (limit && (!until || *limit < *until)) until = limit;
    wait(cycle, until);
  }
  in_flight = 0;
  store->on_wal_growth(nullptr);
  summary.unknown_trackers = cycle.unknown_trackers();
  return summary;
}

/// Returns when there may be something to do: an answer, a commit of others, a stop, or `again_at`.
void Engine::Parts::wait(delivery::Cycle& cycle, std::optional<SteadyTime> again_at) {
  while (true) {
    const SteadyTime now = clock.steady();
    if (again_at && *again_at <= now) return;
    if (stepping_until && *stepping_until <= now) stepping_until.reset();
    SteadyTime until = now + (stepping_until ? commit_step : Nanos{kSlowPoll});
    if (again_at) until = std::min(until, *again_at);

    // Once the stop is under way its descriptor stays readable and would not let us sleep.
    const bool stop_is_news = phase != Phase::stopping;
    const Readable readable =
        sleep_until(until, {stop_is_news ? stop_asked.fd() : -1, answers.fd(), watch->fd()});
    if (readable[kStop]) return;
    if (readable[kCommitHint]) {
      watch->drain();
      const bool probably_ours = cycle.committed_within(kOwnCommitSteppingLasts);
      stepping_until =
          clock.steady() + (probably_ours ? Nanos{kOwnCommitSteppingLasts} : Nanos{kCommitSteppingLasts});
      commit_step = probably_ours && cycle.in_flight() > 0 ? Nanos{kBusyCommitStep} : Nanos{kCommitStep};
    }
    if (readable[kAnswers]) {
      answers.clear();
      return;
    }
    if (cycle.notice_commits()) {
      stepping_until.reset();
      return;
    }
  }
}

/// Which of `fds` became readable before `until`; -1 stands for none.
Readable Engine::Parts::sleep_until(SteadyTime until, std::array<int, 3> fds) {
  std::array<pollfd, 3> polled{};
  std::transform(fds.begin(), fds.end(), polled.begin(), [](int fd) { return pollfd{fd, POLLIN, 0}; });
  const auto left = std::max(std::chrono::duration_cast<Nanos>(until - clock.steady()), Nanos{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{seconds.count(), (left - seconds).count()};
  Readable readable{};
  if (::ppoll(polled.data(), polled.size(), &timeout, nullptr) > 0) {
    std::transform(polled.begin(), polled.end(), readable.begin(),
                   [](const pollfd& p) { return p.revents != 0; });
  }
  return readable;
}

bool Engine::Parts::nothing_pending_for_us() {
  try {
    store->begin_read();
    const bool pending =
        std::any_of(options.trackers.begin(), options.trackers.end(),
                    [&](const auto& tracker) { return store->has_pending(tracker.rules.name); });
    store->commit();
    return !pending;
  } catch (const ports::StoreError&) {
    store->rollback();
    return false;
  }
}

void Engine::Parts::note_what_is_left(Summary& summary) {
  summary.pending_left = true;  // Until the contrary is read.
  try {
    store->begin_read();
    summary.pending_left = !store->trackers_with_pending(1).empty();
    store->commit();
  } catch (const ports::StoreError&) {
    store->rollback();
  }
}

}  // namespace keitaro_outbox::worker
