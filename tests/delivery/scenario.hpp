#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <string>

#include "schedules/world.hpp"

// What the scenarios are told with.

namespace keitaro_outbox::simulation {

using namespace std::chrono_literals;

inline std::string state_of(World& world, core::OutboxId id) {
  return world.database.standing(id).state;
}

inline std::string reason_of(World& world, core::OutboxId id) {
  return world.database.standing(id).reason;
}

inline std::string id_of(core::OutboxId id) {
  return std::to_string(id.value);
}

/// Milliseconds on the wall, from now.
inline std::int64_t wall_in(const World& world, core::Millis span) {
  return core::unix_millis(world.clock.wall() + span);
}

inline int pending_rows(World& world) {
  return static_cast<int>(world.database.number("SELECT count(*) FROM outbox WHERE state = 'pending'"));
}

/// The wait is for what comes next, not for the database's own clock.
inline bool run_until_in_flight(World& world, int requests) {
  return world.run_until([&] { return world.cycle().in_flight() == requests; });
}

/// Store calls that fail by plan.
class StoreFaults final : public PortHooks {
 public:
  /// The next `times` such calls fail and do nothing.
  void fail(PortCall call, ports::StoreError::Kind kind = ports::StoreError::Kind::io, int times = 1) {
    planned_.push_back({call, kind, times, false});
  }
  /// The next such call does its work, and is reported as failed.
  void fail_when_done(PortCall call) { planned_.push_back({call, ports::StoreError::Kind::io, 1, true}); }

  void before(PortCall call) override { meet(call, false); }
  void after(PortCall call) override { meet(call, true); }

 private:
  struct Fault {
    PortCall call;
    ports::StoreError::Kind kind;
    int times;
    bool when_done;
  };
  void meet(PortCall call, bool done) {
    for (Fault& fault : planned_) {
      if (fault.call != call || fault.when_done != done || fault.times == 0) continue;
      --fault.times;
      throw ports::StoreError(fault.kind, "trouble by plan");
    }
  }
  std::list<Fault> planned_;
};

}  // namespace keitaro_outbox::simulation
