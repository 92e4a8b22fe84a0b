#pragma once

#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

struct RetryPolicy {
  Millis first_delay = std::chrono::seconds{1};
  Millis max_delay = std::chrono::hours{1};
  int max_attempts = 20;  ///< Strikes after which a row is dead, at least 1.
  int max_refused_attempts =
      3;  ///< The same for answers that speak of the row; never more than max_attempts.
};

/// The delay after the `strikes`-th failure, counted from 1: it doubles from `first_delay` up to `max_delay`,
/// and `jitter` in [0, 1) picks a point in its upper half. Never below 1 ms.
Millis retry_delay(int strikes, const RetryPolicy& policy, double jitter);

}  // namespace keitaro_outbox::core
