#pragma once

#include <algorithm>

#include "core/text/time.hpp"

namespace keitaro_outbox::intake {

/// How many requests a source may make: a token bucket that holds what a second earns, as senders come in
/// bursts, and at least one.
class RequestRate {
 public:
  /// `per_second` 0 is no limit.
  explicit RequestRate(double per_second) : per_second_(per_second), tokens_(capacity()) {}

  /// Takes a token; false when there is none.
  bool take(core::SteadyTime now) {
    if (per_second_ <= 0) return true;
    if (now > filled_at_) {
      const double seconds = std::chrono::duration<double>(now - filled_at_).count();
      tokens_ = std::min(capacity(), tokens_ + seconds * per_second_);
      filled_at_ = now;
    }
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double capacity() const { return std::max(1.0, per_second_); }

  double per_second_;
  double tokens_;
  core::SteadyTime filled_at_{};
};

}  // namespace keitaro_outbox::intake
