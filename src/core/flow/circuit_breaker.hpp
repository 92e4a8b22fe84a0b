#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

struct CircuitBreakerPolicy {
  Millis first_pause{500};  ///< It doubles with each failed probe …
  Millis max_pause{4000};   ///< … up to this, unless the tracker asks for more with Retry-After.
};

/// A failed request, as the breaker sees it.
struct BreakerFailure {
  OutboxId row;
  SteadyTime sent_at{};
  std::optional<Millis> retry_after;
};

/// Stops sending to a tracker that takes in next to nothing.
///
/// - closed → *in doubt* after a streak of failures, without one success between, that is too long to be
///   chance at the share taken in so far: 16 for a healthy tracker, up to 160 for one that takes in a tenth.
///   In doubt only a few more are sent (`kTried`), and FlowControl sends them slowly.
/// - in doubt → open when these have failed too, or when an answer asks to wait.
/// - open → pause over → probing: one request → taken in → ramping; failed → open, with twice the pause.
/// - ramping: 2 in flight, twice as many with each round of answers → the cap is reached → closed; a streak
/// of
///   `kShortestStreak` → open.
///
/// A request that was sent before the breaker opened and is taken in makes the next probe due at once, unless
/// the tracker asked to wait. A request that says nothing of the tracker needs no word here.
class CircuitBreaker {
 public:
  enum class Phase : std::uint8_t { closed, open, probing, ramping };

  static constexpr int kShortestStreak = 16;
  static constexpr int kLongestStreak = 160;
  static constexpr int kTried = 18;    ///< Requests in doubt, less what a longer streak has used up …
  static constexpr int kFewTried = 8;  ///< … down to this.
  static constexpr int kSeveralRows = 3;

  explicit CircuitBreaker(CircuitBreakerPolicy policy = {}) : policy_(policy) {}

  /// How many requests may be in flight at `now`, at most `cap`. Turns an open breaker to probing when its
  /// pause is over; and at once when `untried` (a row that was never sent is ready) and only one or two rows
  /// have failed, for these may fail by themselves. While as many probes as are allowed are `in_flight`,
  /// another is allowed each `max_pause`: one that hangs must not keep the next from being sent.
  int max_in_flight(SteadyTime now, int cap, bool untried, int in_flight);

  /// It was open when an earlier worker ended: the first request is a probe.
  void begin_open(SteadyTime now);

  void on_success(SteadyTime sent_at, SteadyTime now, int cap);

  /// `share` is what the tracker took in of its requests before this streak of failures. `jitter` in [0, 1)
  /// shortens the pause by up to a quarter.
  void on_failure(const BreakerFailure& failure, double share, SteadyTime now, double jitter, int cap);

  Phase phase() const { return phase_; }
  bool in_doubt() const { return doubt_since_.has_value(); }
  /// Failures now are rather the tracker's than a row's.
  bool fails_for_all() const;
  /// Several rows have failed since the last success.
  bool of_several_rows() const { return rows_ >= kSeveralRows; }
  /// The last failures were of more than a few rows, whatever was taken in between.
  bool of_many_rows() const;
  int streak() const { return streak_; }
  std::optional<SteadyTime> probe_at() const;  ///< While open or probing: when the next one is due.
  std::optional<OutboxId> last_failed() const {
    return last_failed_;
  }  ///< The next probe should be of another row, if there is one.

 private:
  void note_row(OutboxId row);
  void open(SteadyTime now, std::optional<Millis> retry_after, double jitter);
  void count_ramp(SteadyTime now, int cap);
  void end_streak();

  CircuitBreakerPolicy policy_;
  Phase phase_ = Phase::closed;
  int streak_ = 0;
  double share_before_ = 1;                           ///< What was taken in when the streak began.
  std::array<OutboxId, kSeveralRows> failed_rows_{};  ///< Of the streak; the first `rows_` are set.
  int rows_ = 0;
  std::array<OutboxId, 8> recently_failed_{};  ///< The last ones, in a ring.
  std::size_t failures_ = 0;
  std::optional<OutboxId> last_failed_;

  std::optional<SteadyTime> doubt_since_;
  int tries_ = 0;   ///< Requests that may be sent in doubt.
  int failed_ = 0;  ///< Of those.

  int pauses_ = 0;  ///< Since it was last closed.
  SteadyTime opened_at_{};
  SteadyTime probe_at_{};
  bool asked_to_wait_ = false;
  int probes_ = 0;  ///< That may be in flight.

  int ramp_ = 0;
  SteadyTime ramp_since_{};
  int ramp_answers_ = 0;
};

std::string_view name_of(CircuitBreaker::Phase phase);

}  // namespace keitaro_outbox::core
