#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "delivery/cycle.hpp"
#include "schedules/sim_transport.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::faults {

/// A worker of virtual time on a database file: the real store, cycle and checkpointer, and a tracker that is
/// none.
class Host {
 public:
  Host(const std::string& database, ports::Observer& observer, simulation::SimReceiver& receiver);

  /// Until every row has left `pending`; false when that is not so within a virtual day. `each_turn` is
  /// called before each turn.
  bool run_until_drained(const std::function<void()>& each_turn = [] {});

  /// Moves the log into the database now, and waits until that is done. `restart` lets the log begin anew.
  void checkpoint(bool restart);

 private:
  std::string database_;
  simulation::PortHooks no_hooks_;
  simulation::Wiretap no_wiretap_;
  simulation::SimClock clock_;
  simulation::SimRandom jitter_{1};
  simulation::SimTransport transport_;
  sqlite::SqliteStore store_;
  delivery::Cycle cycle_;
  std::optional<core::SteadyTime> next_turn_;
};

}  // namespace keitaro_outbox::faults
