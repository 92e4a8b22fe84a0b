#pragma once

#include <string>

#include "core/flow/flow_control.hpp"

namespace keitaro_outbox::delivery {

/// How one tracker does at a moment.
struct TrackerSnapshot {
  std::string name;
  int in_flight = 0;
  core::CircuitBreaker::Phase breaker = core::CircuitBreaker::Phase::closed;
  bool paused = false;
  core::FlowStanding flow{};
};

}  // namespace keitaro_outbox::delivery
