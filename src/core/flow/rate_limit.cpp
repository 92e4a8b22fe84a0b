#include "core/flow/rate_limit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace keitaro_outbox::core {
namespace {

constexpr double kBurstSeconds = 0.02;
// Sums of fractions may end a hair below a whole token; without this a waiter would be woken a nanosecond too
// early.
constexpr double kHair = 1e-9;

}  // namespace

bool RateLimit::limits() const {
  return per_second_ > 0 && std::isfinite(per_second_);
}

int RateLimit::available(SteadyTime now, int wanted) {
  wanted = std::max(wanted, 0);
  if (!limits()) return wanted;
  if (!filled_at_) filled_at_ = now;
  if (now > *filled_at_) {
    const double seconds = std::chrono::duration<double>(now - *filled_at_).count();
    const double capacity = std::max(1.0, per_second_ * kBurstSeconds);
    tokens_ = std::min(capacity, tokens_ + per_second_ * seconds);
    filled_at_ = now;
  }
  const double whole = std::floor(tokens_ + kHair);
  if (whole <= 0) return 0;
  return whole < static_cast<double>(wanted) ? static_cast<int>(whole) : wanted;
}

void RateLimit::take(int count) {
  if (limits()) tokens_ -= std::max(count, 0);
}

std::optional<SteadyTime> RateLimit::next_at() const {
  if (!limits() || !filled_at_ || tokens_ + kHair >= 1) return std::nullopt;
  // A rate of next to nothing must not overflow the clock: whoever waits so long just asks again.
  constexpr double kLongestWait = 365.0 * 86'400;
  const double seconds = std::min((1 - tokens_) / per_second_, kLongestWait);
  return *filled_at_ + std::chrono::nanoseconds{static_cast<std::int64_t>(std::ceil(seconds * 1e9))};
}

}  // namespace keitaro_outbox::core
