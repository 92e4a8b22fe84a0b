#pragma once

#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// The host's clock, for code that is not simulated.
inline core::WallTime wall_now() {
  return std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
}

/// Tells the time. Only worker/event_loop.hpp waits for it: the delivery cycle itself never waits.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual core::WallTime wall() const = 0;
  virtual core::SteadyTime steady() const = 0;
};

}  // namespace keitaro_outbox::ports
