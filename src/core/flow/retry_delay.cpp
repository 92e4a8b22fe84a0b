#include "core/flow/retry_delay.hpp"

#include <algorithm>

namespace keitaro_outbox::core {

Millis retry_delay(int strikes, const RetryPolicy& policy, double jitter) {
  const Millis shortest{1};
  const Millis ceiling = std::max(shortest, policy.max_delay);
  Millis full = std::clamp(policy.first_delay, shortest, ceiling);
  for (int failure = 1; failure < strikes && full < ceiling; ++failure) {
    full = full > ceiling / 2 ? ceiling : full * 2;
  }
  const double part = jitter >= 0 && jitter < 1 ? 0.5 + jitter / 2 : 0.5;
  const Millis delay{static_cast<Millis::rep>(static_cast<double>(full.count()) * part)};
  return std::clamp(delay, shortest, full);
}

}  // namespace keitaro_outbox::core
