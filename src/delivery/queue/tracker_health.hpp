#pragma once

#include <chrono>
#include <optional>

#include "core/flow/flow_control.hpp"
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

/// How a tracker does, and so how many requests it may get: FlowControl, told in the words of exchanges.
class TrackerHealth {
 public:
  explicit TrackerHealth(const TrackerSpec& spec);

  /// Takes over new settings. What was learnt of the tracker stays, unless its address has `moved`.
  void change(const TrackerSpec& spec, bool moved);

  /// The tracker was down when an earlier worker ended, and nothing was sent yet: it is probed first.
  void begin_open(core::SteadyTime now) { flow_.begin_open(now); }

  /// How many requests may be in flight now. An open breaker whose pause is over turns to probing. `untried`:
  /// a row that was never sent is ready.
  int permits(core::SteadyTime now, bool untried, int in_flight);
  /// How many may be in flight, as permits() said last; 0 while the breaker is open.
  int max_in_flight() const { return flow_.limit().in_flight; }
  /// How many of `wanted` may be sent now, by the rates alone.
  int paced(core::SteadyTime now, int wanted) { return flow_.by_rate(now, wanted); }
  bool is_paced() const { return flow_.limit().per_second.has_value(); }
  /// When paced() gives a request again; nullopt when it does already.
  std::optional<core::SteadyTime> paced_again_at() const { return flow_.by_rate_again_at(); }
  void on_sent() { flow_.on_sent(); }

  /// The tracker fails for all rows, so that no failure is held against its row.
  bool fails_for_all() const { return flow_.fails_for_all(); }
  /// Whether the failure counts against its row. `jitter` in [0, 1). To be asked before on_answer().
  bool charges(const HealthEvent& event, double jitter) const;
  void on_answer(const HealthEvent& event);

  /// Failures are usual, so that one of them need not stop the others.
  bool failures_are_usual() const { return flow_.failures_are_usual(); }
  core::CircuitBreaker::Phase phase() const { return flow_.phase(); }
  bool outage() const { return !flow_.is_closed(); }
  /// The next row to send should be any of them: those that failed must not be all that is judged by.
  bool in_doubt() const { return flow_.wants_other_rows(); }
  std::optional<core::OutboxId> last_failed() const { return flow_.last_failed(); }
  std::optional<core::SteadyTime> probe_at() const { return flow_.probe_at(); }
  std::optional<std::chrono::microseconds> usual_latency() const { return flow_.usual_latency(); }
  core::FlowStanding standing() const { return flow_.standing(); }
  /// When the last answer came that told something of the tracker.
  std::optional<core::SteadyTime> answered_at() const { return answered_at_; }

 private:
  core::FlowControl flow_;
  std::optional<core::SteadyTime> answered_at_;
};

}  // namespace keitaro_outbox::delivery
