#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "delivery/cycle.hpp"
#include "schedules/hooked_store.hpp"
#include "schedules/sim_ack_journal.hpp"
#include "schedules/sim_database.hpp"
#include "schedules/sim_transport.hpp"
#include "worker/replaying_transport.hpp"

namespace keitaro_outbox::simulation {

/// A tracker at `http://NAME.test/key/postback`, with the policies of production unless changed.
delivery::TrackerSpec tracker_named(const std::string& name);

/// The worker asked to be called again at once, again and again: it would keep a core busy for nothing.
struct Spinning : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Counts what the worker tells of its doings.
class SimObserver final : public ports::Observer {
 public:
  explicit SimObserver(PortHooks& hooks) : hooks_(hooks) {}

  void on_delivered(const ports::RowEvent&) override { note(delivered); }
  void on_retry(const ports::RowEvent&, core::WallTime) override { note(retried); }
  void on_dead(const ports::RowEvent&) override { note(dead); }
  void on_refused(const ports::RowEvent&) override { note(refused); }
  void on_duplicate(const ports::RowEvent&) override { note(duplicate); }
  void on_overtaken(const ports::RowEvent&) override { note(overtaken); }
  void on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase, std::string_view) override;
  void on_unknown_tracker(std::string_view tracker) override;
  void on_store_trouble(std::string_view, core::Millis) override { note(store_troubles); }
  void on_store_recovered() override { note(store_recoveries); }
  void on_own_trouble(std::string_view, core::Millis) override { note(own_troubles); }

  int delivered = 0, retried = 0, dead = 0, refused = 0, duplicate = 0, overtaken = 0;
  int store_troubles = 0, store_recoveries = 0, own_troubles = 0;
  std::vector<std::string> breaker_phases;  ///< `default open` and the like, in order.
  std::vector<std::string> unknown_trackers;

 private:
  void note(int& count) {
    ++count;
    hooks_.before(PortCall::observe);
  }
  PortHooks& hooks_;
};

struct WorldOptions {
  std::vector<delivery::TrackerSpec> trackers = {tracker_named("default")};
  std::uint64_t seed = 1;
  PortHooks* hooks = nullptr;
  Wiretap* wiretap = nullptr;
  /// Puts a store of its own between the real one and the hooks, for sabotage. May be empty.
  std::function<std::unique_ptr<ports::OutboxStore>(ports::OutboxStore&)> wrap_store = {};
  std::size_t acks = 0;      ///< As many answers outlive the worker.
  bool replays_acks = true;  ///< False for sabotage: a worker that starts forgets them.
};

/// The whole of it in virtual time: an application's real database, trackers, a network, and the delivery
/// cycle under test, which can be killed and started again while the rest goes on.
class World {
 public:
  explicit World(WorldOptions options = {});

  /// For the next worker that is started.
  void configure(std::vector<delivery::TrackerSpec> trackers) { options_.trackers = std::move(trackers); }

  void start_worker();
  void kill_worker();
  bool worker_is_running() const { return worker_ != nullptr; }
  delivery::Cycle& cycle() { return worker_->cycle; }

  /// One turn of the worker at the present instant.
  std::optional<core::SteadyTime> turn();

  /// Lets time pass, with the worker called whenever it asked for, at each answer, and first of all now:
  /// somebody may have committed. Throws Spinning.
  void run_for(core::Millis span);

  /// The same until `done`; false when it was not within `limit`.
  bool run_until(const std::function<bool()>& done, core::Millis limit = std::chrono::hours{1});

  /// Until every row of the known trackers has left `pending`.
  bool run_until_drained(core::Millis limit = std::chrono::hours{1});

  SimClock clock;
  SimDatabase database;
  SimReceiver receiver;
  SimTransport transport;
  SimAckJournal acks;
  SimObserver observer;

 private:
  struct Worker {
    Worker(World& world, const WorldOptions& options);
    std::unique_ptr<ports::OutboxStore> real;
    std::unique_ptr<ports::OutboxStore> wrapped;
    HookedStore hooked;
    worker::ReplayingTransport transport;
    delivery::Cycle cycle;
  };
  worker::ReplayingTransport::Left unrecorded_acks();
  void turns_of_this_instant();

  WorldOptions options_;
  SimRandom jitter_;
  SimRandom fate_;
  std::unique_ptr<Worker> worker_;
  std::optional<core::SteadyTime> next_turn_;
};

}  // namespace keitaro_outbox::simulation
