#pragma once

#include <string>

#include "core/flow/breaker.hpp"

namespace keitaro_outbox::delivery {

/// How one tracker does at a moment.
struct TrackerSnapshot {
  std::string name;
  int in_flight = 0;
  core::Breaker::Phase breaker = core::Breaker::Phase::closed;
  bool paused = false;
};

}  // namespace keitaro_outbox::delivery
