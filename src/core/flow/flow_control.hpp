#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/flow/circuit_breaker.hpp"
#include "core/flow/in_flight_limit.hpp"
#include "core/flow/rate_finder.hpp"
#include "core/flow/rate_limit.hpp"
#include "core/flow/share_window.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// With a smaller share taken in failures are usual.
inline constexpr double kNearlyAll = 0.98;

/// What a request told of its tracker. What failed on our own side (no descriptor, no memory) told nothing,
/// and must not be given to FlowControl.
enum class FlowAnswer : std::uint8_t {
  taken_in,
  throttled,      ///< 429.
  unavailable,    ///< 503.
  trouble,        ///< Any other answer that speaks of the tracker: 5xx, 3xx, 4xx but 400 and 422.
  row_refused,    ///< 400 or 422.
  lost,           ///< Sent, and no usable answer came.
  not_connected,  ///< Never sent: refused, no such name, no TLS.
};

/// One answered request.
struct FlowEvent {
  OutboxId row;
  FlowAnswer answer = FlowAnswer::taken_in;
  std::chrono::microseconds latency{0};  ///< From sending to the answer, or to where it was given up.
  int in_flight = 0;                     ///< Requests under way, this one included.
  std::optional<Millis> retry_after;
};

/// What could be sent.
struct FlowDemand {
  int ready = 0;         ///< Rows that could be sent now.
  bool untried = false;  ///< One of them was never sent.
  int in_flight = 0;
};

struct FlowSettings {
  int concurrency = 64;  ///< The most in flight, at least 1.
  double rate = 0;       ///< Requests a second; 0 is no limit.
  CircuitBreakerPolicy breaker{};
};

/// What holds a tracker's requests back, most pressing first.
enum class FlowReason : std::uint8_t {
  down,              ///< Next to nothing is taken in: paused, until the next probe.
  probing,           ///< One request, to see whether it is back.
  ramping,           ///< It is back: more with each round of answers.
  trying,            ///< Fewer, to see whether more get through.
  refuses_more,      ///< The tracker refuses more a second.
  configured_rate,   ///< `rate` of its settings.
  slower_with_more,  ///< More in flight would only queue up.
  cap,               ///< `concurrency` of its settings.
  finding,           ///< More with each round: the limit is not known yet.
};

inline constexpr std::array kFlowReasons{
    FlowReason::down,         FlowReason::probing,         FlowReason::ramping,          FlowReason::trying,
    FlowReason::refuses_more, FlowReason::configured_rate, FlowReason::slower_with_more, FlowReason::cap,
    FlowReason::finding};

struct FlowLimit {
  FlowReason reason = FlowReason::finding;
  int in_flight = 0;                 ///< The most there may be.
  std::optional<double> per_second;  ///< Of requests, where that is limited.
};

struct FlowStanding;

/// How many requests one tracker may get now: the one place that decides it, by what gets through.
///
/// It has no clock, no chance and no memory of rows: times and jitter come in. All its operations are cheap,
/// and none of them allocates or fails.
class FlowControl {
 public:
  explicit FlowControl(const FlowSettings& settings = {});

  /// From now on other settings; what was learnt stays.
  void change(const FlowSettings& settings);

  /// The tracker took in nothing when an earlier worker ended: the first request is a probe. To be called
  /// before any other is sent.
  void begin_open(SteadyTime now) { breaker_.begin_open(now); }

  /// How many requests may be in flight now, the rates apart. `untried`, `in_flight`: see FlowDemand.
  int max_in_flight(SteadyTime now, bool untried, int in_flight);
  /// How many of `wanted` may be sent now, by the rates alone.
  int by_rate(SteadyTime now, int wanted);
  /// When by_rate() gives a request again; nullopt when it does already.
  std::optional<SteadyTime> by_rate_again_at() const;
  bool is_asked_too_often() const { return rate_finder_.state() != RateFinder::State::free; }
  /// Failures are usual: the tracker works, and takes in a part only. False in doubt.
  bool failures_are_usual() const;

  /// How many of `demand.ready` may be sent now. Each that is sent must be told by on_sent().
  int permits(SteadyTime now, const FlowDemand& demand);
  void on_sent(int count = 1);

  /// When permits() may give more without an answer having come; nullopt when only answers can change it.
  std::optional<SteadyTime> next_at() const;

  /// Failures now are rather the tracker's than a row's.
  bool fails_for_all() const { return breaker_.fails_for_all(); }

  /// Whether a failure counts against its row. Asked before on_answer() is told of it. `jitter` in [0, 1).
  /// Not where the tracker fails for all, or where it was merely asked too often; 400 and 422 always count
  /// otherwise, and other failures as often as other rows get through.
  bool charges(FlowAnswer answer, double jitter) const;

  /// `jitter` in [0, 1) shortens a pause.
  void on_answer(const FlowEvent& event, SteadyTime now, double jitter);

  CircuitBreaker::Phase phase() const { return breaker_.phase(); }
  bool is_closed() const { return phase() == CircuitBreaker::Phase::closed; }
  double share() const { return shares_.usual.share(); }  ///< Of recent requests that were taken in.
  FlowLimit limit() const;
  FlowStanding standing() const;

  /// What is sent next should be any row, rather than those that failed before: they must not be all that the
  /// tracker is judged by.
  bool wants_other_rows() const;
  std::optional<OutboxId> last_failed() const { return breaker_.last_failed(); }
  std::optional<SteadyTime> probe_at() const { return breaker_.probe_at(); }
  std::optional<std::chrono::microseconds> usual_latency() const { return in_flight_.usual_latency(); }

 private:
  int max_in_flight() const;

  FlowSettings settings_;
  /// Of the last hundred or so, and of the last twenty: a tracker that gets worse is known by these.
  struct Shares {
    ShareWindow usual{200};
    ShareWindow late{20};
  };

  Shares shares_;
  Shares before_streak_;  ///< As of the last request that was taken in.
  CircuitBreaker breaker_;
  InFlightLimit in_flight_;
  RateFinder rate_finder_;
  RateLimit configured_rate_;
  int breaker_allows_ = 0;  ///< As of the last permits().
};

/// How a tracker does at a moment, for people and metrics.
struct FlowStanding {
  double share = 1;  ///< Of recent requests that were taken in; 0 while it is down.
  int streak = 0;    ///< Of requests, up to the last one, none of which was taken in.
  FlowLimit limit;
  /// Not all is taken in, or the tracker holds the requests back: there is something to tell.
  bool is_notable() const;
};

/// For people: `the tracker refuses more`.
std::string describe(FlowReason reason);
/// For people: `takes in 48 % of requests, 31 in flight, limited by the tracker: it refuses more than 95 a
/// second`.
std::string describe(const FlowStanding& standing, int in_flight);
/// For programs: `refuses_more`.
std::string_view name_of(FlowReason reason);

}  // namespace keitaro_outbox::core
