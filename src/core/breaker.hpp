#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "core/row.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::core {

struct BreakerPolicy {
  int failures = 6;               ///< Failures in a row that open it, from at least `distinct_rows` rows …
  int distinct_rows = 3;
  int failures_of_any = 12;       ///< … or so many from whichever rows, a single one even.
  Millis first_pause = std::chrono::milliseconds{500};
  Millis max_pause = std::chrono::seconds{60};
};

/// The circuit breaker of one tracker: tells a tracker that fails for all from a row that fails alone.
///
/// closed → (failures in a row, without one success between, and more of them than are in flight) → open
/// open → (its pause is over) → probing: one request
/// probing → success → ramping: twice as many with each full round of successes, until the cap → closed
/// probing or ramping → failure → open, with twice the pause
class Breaker {
 public:
  enum class Phase : std::uint8_t { closed, open, probing, ramping };

  explicit Breaker(BreakerPolicy policy = {}) : policy_(policy) {}

  /// How many requests may be in flight at `now`, at most `cap`. When an open breaker's pause is over this turns it to probing.
  int allowance(SteadyTime now, int cap);

  /// The tracker took something in. `cap` as above.
  void on_success(int cap);

  /// The tracker failed for `row`, with `in_flight` other requests still under way. `retry_after` lengthens the pause.
  /// `jitter` in [0, 1) shortens the pause by up to a quarter.
  void on_failure(OutboxId row, int in_flight, SteadyTime now, std::optional<Millis> retry_after, double jitter);

  /// A request ended without saying anything of the tracker (withdrawn, say): a probe's place is free again.
  void on_withdrawn();

  Phase phase() const { return phase_; }
  bool outage() const { return phase_ != Phase::closed; }  ///< Failures now are not a row's fault.
  std::optional<SteadyTime> probe_at() const;              ///< While open: when the pause is over.
  std::optional<OutboxId> last_failed() const { return last_failed_; }  ///< The next probe should be of another row, if there is one.

 private:
  void open(SteadyTime now, std::optional<Millis> retry_after, double jitter);

  BreakerPolicy policy_;
  Phase phase_ = Phase::closed;
  int failures_in_a_row_ = 0;
  std::set<OutboxId> failed_rows_;  ///< Since the last success; no more than `distinct_rows` are kept.
  int pauses_ = 0;
  SteadyTime probe_at_{};
  int ramp_ = 0;
  int ramp_successes_ = 0;
  std::optional<OutboxId> last_failed_;
};

std::string_view name_of(Breaker::Phase phase);

}  // namespace keitaro_outbox::core
