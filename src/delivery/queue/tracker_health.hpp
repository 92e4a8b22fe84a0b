#pragma once

#include <chrono>
#include <optional>

#include "core/flow/adaptive_rate_limit.hpp"
#include "core/flow/breaker.hpp"
#include "core/flow/concurrency_limit.hpp"
#include "core/flow/rate_limit.hpp"
#include "core/rules/answer.hpp"
#include "delivery/tracker_spec.hpp"

namespace keitaro_outbox::delivery {

/// One answered request, as far as it tells how the tracker does.
struct HealthEvent {
  core::OutboxId row;
  const core::Exchange& exchange;
  const core::Meaning& meaning;
  std::chrono::microseconds latency;
  int in_flight = 0;  ///< Requests of the tracker, this one included.
  core::SteadyTime now;
  double jitter = 0;  ///< In [0, 1): shortens a pause.
};

/// How a tracker does, and so how many requests it may get: the only place that decides it.
class TrackerHealth {
 public:
  explicit TrackerHealth(const TrackerSpec& spec);

  /// Takes over new settings. What was learnt of the tracker stays, unless its address has `moved`.
  void change(const TrackerSpec& before, const TrackerSpec& spec, bool moved);

  /// How many requests may be in flight now. An open breaker whose pause is over turns to probing.
  int permits(core::SteadyTime now);
  /// How many may be in flight, the breaker apart.
  int max_in_flight() const { return concurrency_.value(); }
  /// How many of `wanted` may be sent now, by the rates alone.
  int paced(core::SteadyTime now, int wanted);
  bool is_paced() const { return rate_.limits() || pace_.per_second(); }
  /// When paced() gives a request again; nullopt when it does already.
  std::optional<core::SteadyTime> paced_again_at() const;
  void on_sent();

  /// A 429 of a tracker that takes in others, and does not ask to wait: nothing is out of order there.
  bool asked_too_often(const core::Meaning& meaning, core::SteadyTime now) const;
  /// Whether the tracker fails for all rows, so that this failure is not held against its row.
  bool fails_for_all(const core::Meaning& meaning) const;
  /// Throws std::bad_alloc with nothing changed.
  void on_answer(const HealthEvent& event);

  core::Breaker::Phase phase() const { return breaker_.phase(); }
  bool outage() const { return breaker_.outage(); }
  /// The next row to send should be any of them: those that failed must not be all that is judged by.
  bool in_doubt() const { return breaker_.in_doubt(); }
  std::optional<core::OutboxId> last_failed() const { return breaker_.last_failed(); }
  std::optional<core::SteadyTime> probe_at() const { return breaker_.probe_at(); }
  std::optional<std::chrono::microseconds> usual_latency() const { return concurrency_.usual_latency(); }

 private:
  void learn_pace(const HealthEvent& event);

  int cap_;
  core::Breaker breaker_;
  core::ConcurrencyLimit concurrency_;
  core::RateLimit rate_;
  core::AdaptiveRateLimit pace_;
};

}  // namespace keitaro_outbox::delivery
