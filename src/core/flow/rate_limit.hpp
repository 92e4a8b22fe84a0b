#pragma once

#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// Spaces requests evenly: a token bucket that holds no more than what 20 ms earn, and at least one.
class RateLimit {
 public:
  /// `per_second` 0 is no limit.
  explicit RateLimit(double per_second = 0) : per_second_(per_second) {}

  /// From now on another rate; what was earned stays.
  void change(double per_second) { per_second_ = per_second; }

  /// Whether it is a limit at all.
  bool limits() const;

  /// How many requests may be sent at `now`, at most `wanted`.
  int available(SteadyTime now, int wanted);

  /// Takes the tokens of `count` requests that were sent.
  void take(int count);

  /// When the next token is there; nullopt when one is there now, or nothing limits.
  std::optional<SteadyTime> next_at() const;

 private:
  double per_second_;
  double tokens_ = 1;
  std::optional<SteadyTime> filled_at_;
};

}  // namespace keitaro_outbox::core
