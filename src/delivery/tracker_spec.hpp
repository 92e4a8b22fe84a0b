#pragma once

#include <optional>

#include "core/flow/circuit_breaker.hpp"
#include "core/flow/retry_delay.hpp"
#include "core/readback/read_back_spec.hpp"
#include "core/rules/tracker_rules.hpp"

namespace keitaro_outbox::delivery {

/// One destination: what decides about its rows, and how its requests are made.
struct TrackerSpec {
  core::TrackerRules rules;
  core::RetryPolicy retry;
  core::CircuitBreakerPolicy breaker{};
  core::Millis request_timeout = std::chrono::seconds{10};
  int concurrency = 64;  ///< Requests in flight, at least 1.
  double rate = 0;       ///< Requests a second; 0 is no limit.
  bool allow_private = false;
  std::optional<core::ReadBackSpec> read_back = {};  ///< nullopt: what it recorded is not asked after.
};

}  // namespace keitaro_outbox::delivery
