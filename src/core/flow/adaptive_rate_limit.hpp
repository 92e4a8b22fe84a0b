#pragma once

#include <optional>

#include "core/flow/rate_limit.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// The pace of a tracker that says 429 when it is asked too often, found out without being told.
///
/// As long as few of the answers are 429 nothing is done: the rows are tried again, and some trackers say so
/// now and then at whatever pace. Where they are more than a seventh of at least twenty answers, the pace
/// becomes what was taken in of late, a little less; each second after that adds a twentieth.
///
/// The first burst at a tracker, which refuses part of it, is no measure of that yet, only too little. So
/// the pace is doubled every half second from there, as long as the answers come at it and hardly any is a
/// 429. Once it was too much that is done only below half of what was, and not up to it: what is taken in of
/// late can be too little again, as from a tracker that counts by the second and takes in nothing at the end
/// of one.
///
/// A minute without any lifts it altogether.
class AdaptiveRateLimit {
 public:
  static constexpr Millis kReaction{
      500};  ///< Answers to what was sent before are still on their way for so long.
  static constexpr Millis kLiftedAfter{60'000};
  static constexpr Millis kLately{1000};
  static constexpr double kSlowest = 5;  ///< Requests a second.

  void on_taken_in(SteadyTime now);
  void on_throttled(SteadyTime now);

  /// As RateLimit's.
  int available(SteadyTime now, int wanted);
  void take(int count);
  std::optional<SteadyTime> next_at() const;

  /// Requests a second; nullopt when nothing limits.
  std::optional<double> per_second() const { return per_second_; }

  /// Whether a 429 says no more than that the pace is too high for the moment: it is being found out, and
  /// something was taken in of late.
  bool explains_429(SteadyTime now) const { return per_second_ && now - taken_in_at_ < kLately; }

 private:
  struct Answers {
    double taken_in = 0;
    double throttled = 0;
    double all() const { return taken_in + throttled; }
  };

  void roll(SteadyTime now);
  Answers last_second() const;
  bool is_far_too_little() const;
  bool is_borne(SteadyTime now);
  void begin_half_second(SteadyTime now);
  void grow(SteadyTime now);
  void change(double per_second, SteadyTime now);
  void set(double per_second);

  RateLimit limit_;
  std::optional<double> per_second_;
  std::optional<double> too_much_;  ///< The pace that was refused last.
  SteadyTime taken_in_at_{};
  SteadyTime throttled_at_{};
  SteadyTime grown_at_{};

  SteadyTime since_{};  ///< Since the pace was last changed, or answers came again after a second's silence.
  Answers so_far_;      ///< From then on.

  SteadyTime half_second_began_{};
  Answers half_second_;

  SteadyTime now_{};
  SteadyTime second_began_{};
  Answers this_second_;
  Answers second_before_;
};

}  // namespace keitaro_outbox::core
