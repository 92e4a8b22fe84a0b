#pragma once

#include <optional>

#include "ports/outbox_store.hpp"
#include "schedules/port_hooks.hpp"
#include "schedules/sim_clock.hpp"
#include "schedules/sim_random.hpp"

namespace keitaro_outbox::simulation {

/// Decides which store calls fail, and when the process dies.
class Fate final : public PortHooks {
 public:
  Fate(SimRandom& chance, const SimClock& clock) : chance_(chance), clock_(clock) {}

  /// Each store call fails now and then.
  void store_storm(double odds, core::Millis lasts);
  /// No transaction can be begun.
  void store_outage(ports::StoreError::Kind kind, core::Millis lasts);
  /// One of the next calls, whichever, is the last thing that the process does.
  void crash_soon();
  void no_crash() { calls_to_crash_.reset(); }
  void heal();

  void before(PortCall call) override;
  void after(PortCall call) override;

 private:
  void count_down();
  ports::StoreError::Kind any_kind();

  SimRandom& chance_;
  const SimClock& clock_;
  double storm_odds_ = 0;
  core::SteadyTime storm_until_{};
  std::optional<ports::StoreError::Kind> outage_;
  core::SteadyTime outage_until_{};
  std::optional<std::uint64_t> calls_to_crash_;
};

}  // namespace keitaro_outbox::simulation
