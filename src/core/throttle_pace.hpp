#pragma once

#include <optional>

#include "core/rate_limit.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::core {

/// The pace of a tracker that says 429 when it is asked too often, found out without being told.
///
/// As long as few of the answers are 429 nothing is done: the rows are tried again, and some trackers say so
/// now and then at whatever pace. Where they are more than a seventh of at least twenty answers, the pace
/// becomes what was taken in during the last second, a little less; each second after that adds a twentieth.
/// Where the answers have come for less than a second, as after a start into a tracker that refuses the first
/// burst, that is no measure yet, only too little: then each second doubles it, until it is refused again.
/// A minute without any lifts it altogether.
class ThrottlePace {
 public:
  static constexpr Millis kReaction{
      500};  ///< Answers to what was sent before are still on their way for so long.
  static constexpr Millis kLiftedAfter{60'000};
  static constexpr double kSlowest = 5;  ///< Requests a second.

  void on_taken_in(SteadyTime now);
  void on_throttled(SteadyTime now);

  /// As RateLimit's.
  int available(SteadyTime now, int wanted);
  void take(int count);
  std::optional<SteadyTime> next_at() const;

  /// Requests a second; nullopt when nothing limits.
  std::optional<double> per_second() const { return per_second_; }

 private:
  /// Answers of a second.
  struct Window {
    double taken_in = 0;
    double throttled = 0;
  };

  Window last_second(SteadyTime now);
  void roll(SteadyTime now);
  void grow(SteadyTime now);
  void set(double per_second);

  RateLimit limit_;
  std::optional<double> per_second_;
  SteadyTime throttled_at_{};
  SteadyTime grown_at_{};
  bool guessed_ = false;  ///< The pace is from less than a second's answers.

  SteadyTime answering_since_{};  ///< Since when no second has passed without answers.
  SteadyTime second_began_{};
  Window this_second_;
  Window second_before_;
};

}  // namespace keitaro_outbox::core
