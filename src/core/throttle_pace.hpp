#pragma once

#include <optional>

#include "core/rate_limit.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::core {

/// The pace of a tracker that says 429 when it is asked too often, found out without being told.
///
/// The first 429s make it four fifths of the rate at which the tracker took in during the second before,
/// further ones (once in `kReaction`) four fifths of what it is; each second without adds a twentieth. A
/// minute without lifts it altogether.
///
/// Some 429s say nothing of how often the tracker can be asked, and change nothing: a stray one or two; a few
/// among so many answers that a pace a fifth lower would not spare them; those of a tracker that takes in
/// nothing, which is an outage; and those in the first second of sending, when it is not yet known how much a
/// second is.
class ThrottlePace {
 public:
  static constexpr Millis kReaction{
      250};  ///< Answers to what was sent before are still on their way for so long.
  static constexpr Millis kLiftedAfter{60'000};
  static constexpr double kSlowest = 0.2;        ///< Requests a second.
  static constexpr double kTellingCount = 3;     ///< Of 429s in the second before.
  static constexpr double kTellingShare = 0.02;  ///< Of all answers of that second.

  void on_taken_in(SteadyTime now);
  void on_throttled(SteadyTime now);

  /// As RateLimit's.
  int available(SteadyTime now, int wanted);
  void take(int count);
  std::optional<SteadyTime> next_at() const;

  /// Requests a second; nullopt when nothing limits.
  std::optional<double> per_second() const { return per_second_; }

 private:
  /// How many there were in the second before `now`, as far as a count by whole seconds tells.
  class Rate {
   public:
    void count(SteadyTime now);
    double measured(SteadyTime now) const;
    bool has_lasted_a_second(SteadyTime now) const;

   private:
    SteadyTime began_{};  ///< After the last pause of a second or more.
    SteadyTime second_began_{};
    int current_ = 0;
    int before_ = 0;
  };

  bool says_something(SteadyTime now) const;
  void grow(SteadyTime now);
  void set(double per_second);

  RateLimit limit_;
  std::optional<double> per_second_;
  SteadyTime throttled_at_{};
  SteadyTime grown_at_{};

  Rate taken_in_;
  Rate throttled_;
};

}  // namespace keitaro_outbox::core
