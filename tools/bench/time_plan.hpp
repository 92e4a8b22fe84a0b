#pragma once

#include <chrono>

namespace keitaro_outbox::bench {

/// Shares the time that a call may take among its cases: each gets of what is left the part that its usual
/// length is of what is still to come, so that a case which was quick leaves time to the others. A case has
/// one round at any rate. Times are handed in.
class TimePlan {
 public:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  /// `usual`: the sum of what begin_case() will be told.
  TimePlan(Clock::time_point now, Seconds whole, Seconds usual)
      : end_(now + std::chrono::duration_cast<Clock::duration>(whole)), to_come_(usual) {}

  /// A case whose rounds take `usual` in proportion to the other cases begins.
  void begin_case(Clock::time_point now, Seconds usual);

  /// The first round begins; what the case has prepared until then counts as its time, though not as a
  /// round's.
  void begin_round(Clock::time_point now) { round_begun_ = now; }

  /// Whether a further round, as long as the longest until now, fits in before the end of the case's share.
  bool another_round(Clock::time_point now);

 private:
  Clock::time_point end_;
  Seconds to_come_;
  Clock::time_point case_end_{};
  Clock::time_point round_begun_{};
  Clock::duration longest_{};
};

}  // namespace keitaro_outbox::bench
