#pragma once

#include <optional>

#include "core/rate_limit.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::core {

/// The pace of a tracker that says 429 when it is asked too often, found out without being told.
///
/// The first 429 makes it four fifths of the rate at which the tracker took in during the second before, each
/// further one (once in `kReaction`) four fifths of what it is; each second without one adds a twentieth. A
/// minute without any lifts it altogether.
class ThrottlePace {
 public:
  static constexpr Millis kReaction{
      250};  ///< Answers to what was sent before are still on their way for so long.
  static constexpr Millis kLiftedAfter{60'000};
  static constexpr double kSlowest = 0.2;  ///< Requests a second.

  void on_taken_in(SteadyTime now);
  void on_throttled(SteadyTime now);

  /// As RateLimit's.
  int available(SteadyTime now, int wanted);
  void take(int count);
  std::optional<SteadyTime> next_at() const;

  /// Requests a second; nullopt when nothing limits.
  std::optional<double> per_second() const { return per_second_; }

 private:
  double measured(SteadyTime now) const;
  void grow(SteadyTime now);
  void set(double per_second);

  RateLimit limit_;
  std::optional<double> per_second_;
  SteadyTime throttled_at_{};
  SteadyTime grown_at_{};

  // Rows taken in during the current second and the one before.
  SteadyTime second_began_{};
  int taken_in_ = 0;
  int taken_in_before_ = 0;
};

}  // namespace keitaro_outbox::core
