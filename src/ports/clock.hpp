#pragma once

#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// Tells the time. Only worker/event_loop.hpp waits for it: the delivery cycle itself never waits.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual core::WallTime wall() const = 0;
  virtual core::SteadyTime steady() const = 0;
};

}  // namespace keitaro_outbox::ports
