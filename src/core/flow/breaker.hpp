#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

struct BreakerPolicy {
  int failures = 6;  ///< Failures in a row that open it, from at least `distinct_rows` rows …
  int distinct_rows = 3;
  int failures_of_any = 12;  ///< … or so many from whichever rows, a single one even.
  Millis first_pause = std::chrono::milliseconds{500};
  Millis max_pause =
      std::chrono::seconds{4};  ///< One request in so long is no burden; and the backlog starts soon.
};

/// The circuit breaker of one tracker: tells a tracker that fails for all from a row that fails alone.
///
/// - closed → failures in a row, without one success between, and no fewer of them than are in flight → open
/// - open → its pause is over → probing: one request
/// - open → a request sent before succeeds, and the tracker did not ask to wait → ramping
/// - probing → success → ramping: two requests, twice as many with each full round of successes
/// - ramping → the cap is reached → closed
/// - probing → failure → open, with twice the pause
/// - ramping → two failures in a row → open, with twice the pause. One between successes changes nothing: it
///   may be the row's own, and a few rows that always fail must not keep a tracker down that takes in all the
///   others. Failures that speak of the row stop a ramp only as they open a closed one: the tracker has just
///   taken in others.
class Breaker {
 public:
  enum class Phase : std::uint8_t { closed, open, probing, ramping };

  explicit Breaker(BreakerPolicy policy = {}) : policy_(policy) {}

  /// How many requests may be in flight at `now`, at most `cap`. When an open breaker's pause is over this
  /// turns it to probing. A request that ends without saying anything of the tracker needs no word here: its
  /// place is free as soon as it is no longer in flight.
  int permits(SteadyTime now, int cap);

  /// The tracker took something in. `cap` as above.
  void on_success(int cap);

  /// The tracker failed for `row`, with `in_flight` other requests still under way. `retry_after` lengthens
  /// the pause. `jitter` in [0, 1) shortens the pause by up to a quarter. While open this changes nothing:
  /// the request was sent before.
  void on_failure(OutboxId row, int in_flight, SteadyTime now, std::optional<Millis> retry_after,
                  double jitter, bool speaks_of_the_row = false);

  Phase phase() const { return phase_; }
  bool outage() const { return phase_ != Phase::closed; }  ///< Failures now are not a row's fault.
  /// Whether what comes next should be any rows, not the next in turn: rows that fail by themselves come back
  /// together, and must not be all that the tracker is judged by.
  bool in_doubt() const { return outage() || failures_in_a_row_ > 1; }
  std::optional<SteadyTime> probe_at() const;  ///< While open: when the pause is over.
  std::optional<OutboxId> last_failed() const {
    return last_failed_;
  }  ///< The next probe should be of another row, if there is one.

 private:
  bool is_down(int in_flight) const;
  void open(SteadyTime now, std::optional<Millis> retry_after, double jitter);
  void ramp_up(int cap);
  void forget_failures();

  BreakerPolicy policy_;
  Phase phase_ = Phase::closed;
  int failures_in_a_row_ = 0;
  int own_failures_in_a_row_ = 0;   ///< The tracker's, not those that speak of the row.
  std::set<OutboxId> failed_rows_;  ///< Since the last success; no more than `distinct_rows` are kept.
  int pauses_ = 0;                  ///< Since it was last closed.
  SteadyTime probe_at_{};
  bool asked_to_wait_ = false;  ///< The pause is as long as the tracker asked for.
  int ramp_ = 0;                ///< Requests in flight while ramping.
  int ramp_successes_ = 0;
  std::optional<OutboxId> last_failed_;
};

std::string_view name_of(Breaker::Phase phase);

}  // namespace keitaro_outbox::core
