#include "core/flow/flow_control.hpp"

#include <algorithm>
#include <cmath>

namespace keitaro_outbox::core {

using Phase = CircuitBreaker::Phase;

namespace {

constexpr double kNowAndThen = 0.2;
constexpr int kManyFailed = 5;  ///< One after another: a share tells less.

}  // namespace

FlowControl::FlowControl(const FlowSettings& settings)
    : settings_(settings),
      breaker_(settings.breaker),
      in_flight_(settings.concurrency),
      configured_rate_(settings.rate),
      breaker_allows_(std::max(settings.concurrency, 1)) {
  settings_.concurrency = std::max(settings.concurrency, 1);
}

void FlowControl::change(const FlowSettings& settings) {
  settings_ = settings;
  settings_.concurrency = std::max(settings.concurrency, 1);
  in_flight_.change_cap(settings_.concurrency);
  configured_rate_.change(settings_.rate);
}

int FlowControl::permits(SteadyTime now, const FlowDemand& demand) {
  const int room =
      std::min(max_in_flight(now, demand.untried, demand.in_flight) - demand.in_flight, demand.ready);
  return room <= 0 ? 0 : by_rate(now, room);
}

int FlowControl::max_in_flight(SteadyTime now, bool untried, int in_flight) {
  breaker_allows_ = breaker_.max_in_flight(now, settings_.concurrency, untried, in_flight);
  return std::min(breaker_allows_, in_flight_.value());
}

int FlowControl::by_rate(SteadyTime now, int wanted) {
  return rate_finder_.available(now, configured_rate_.available(now, wanted));
}

std::optional<SteadyTime> FlowControl::by_rate_again_at() const {
  return std::max(configured_rate_.next_at(), rate_finder_.next_at());
}

void FlowControl::on_sent(int count) {
  configured_rate_.take(count);
  rate_finder_.take(count);
}

std::optional<SteadyTime> FlowControl::next_at() const {
  return std::max(breaker_.probe_at(), by_rate_again_at());
}

bool FlowControl::failures_are_usual() const {
  return is_closed() && !breaker_.in_doubt() && before_streak_.usual.share() < kNearlyAll;
}

bool FlowControl::wants_other_rows() const {
  if (!is_closed() || breaker_.in_doubt()) return true;
  // A streak that chance gives now and then, where only a part is taken in, tells nothing of its rows.
  const double share = before_streak_.usual.share();
  return breaker_.streak() > 1 && std::pow(1 - share, breaker_.streak()) < kNowAndThen;
}

bool FlowControl::charges(FlowAnswer answer, double jitter) const {
  if (answer == FlowAnswer::taken_in || breaker_.fails_for_all()) return false;
  if (answer == FlowAnswer::row_refused) return true;
  if (!is_closed()) return false;
  const bool too_often = answer == FlowAnswer::throttled || answer == FlowAnswer::unavailable;
  if (too_often && rate_finder_.state() != RateFinder::State::free) return false;
  return jitter < share();
}

void FlowControl::on_answer(const FlowEvent& event, SteadyTime now, double jitter) {
  const bool taken_in = event.answer == FlowAnswer::taken_in;
  const SteadyTime sent_at = now - event.latency;
  const bool was_in_doubt = breaker_.in_doubt();
  const Phase phase_before = phase();

  shares_.usual.on_answer(taken_in, now);
  shares_.late.on_answer(taken_in, now);
  if (taken_in) {
    before_streak_ = shares_;
    breaker_.on_success(sent_at, now, settings_.concurrency);
  } else {
    breaker_.on_failure({.row = event.row, .sent_at = sent_at, .retry_after = event.retry_after},
                        std::min(before_streak_.usual.share(), before_streak_.late.share()), now, jitter,
                        settings_.concurrency);
  }
  if (taken_in || event.answer == FlowAnswer::lost)
    in_flight_.on_answer(event.latency, event.in_flight, sent_at, now);

  if (phase() == Phase::open) {
    if (phase_before == Phase::open) return;
    // What an outage refuses says nothing of the share that is taken in otherwise.
    shares_ = before_streak_;
    in_flight_.restart(now);
    rate_finder_.on_outage(phase_before == Phase::ramping, now);
    return;
  }
  if (event.answer != FlowAnswer::row_refused)
    rate_finder_.on_answer(taken_in, event.answer == FlowAnswer::throttled, breaker_.of_many_rows(), sent_at,
                           now);
  if (breaker_.in_doubt() && !was_in_doubt) rate_finder_.doubt(now);
  if (was_in_doubt && taken_in) rate_finder_.end_doubt(sent_at, now);
}

int FlowControl::max_in_flight() const {
  return std::min(breaker_allows_, in_flight_.value());
}

FlowLimit FlowControl::limit() const {
  FlowLimit limit;
  limit.in_flight = max_in_flight();
  limit.per_second = rate_finder_.per_second();
  if (configured_rate_.limits())
    limit.per_second = std::min(limit.per_second.value_or(settings_.rate), settings_.rate);
  switch (phase()) {
    case Phase::open:
      limit.in_flight = 0;
      limit.reason = FlowReason::down;
      return limit;
    case Phase::probing:
      limit.reason = FlowReason::probing;
      return limit;
    case Phase::ramping:
      limit.reason = FlowReason::ramping;
      return limit;
    case Phase::closed:
      break;
  }
  if (breaker_.in_doubt() || rate_finder_.state() == RateFinder::State::trying) {
    limit.reason = FlowReason::trying;
  } else if (rate_finder_.per_second() && limit.per_second == rate_finder_.per_second()) {
    limit.reason = FlowReason::refuses_more;
    limit.per_second = rate_finder_.borne();
  } else if (configured_rate_.limits()) {
    limit.reason = FlowReason::configured_rate;
  } else if (in_flight_.is_slower_with_more()) {
    limit.reason = FlowReason::slower_with_more;
  } else if (limit.in_flight >= settings_.concurrency) {
    limit.reason = FlowReason::cap;
  }
  return limit;
}

FlowStanding FlowControl::standing() const {
  const bool down = phase() == Phase::open || phase() == Phase::probing;
  return {.share = down ? 0 : share(), .streak = breaker_.streak(), .limit = limit()};
}

bool FlowStanding::is_notable() const {
  return share < kNearlyAll || limit.reason == FlowReason::refuses_more ||
         limit.reason == FlowReason::slower_with_more;
}

std::string describe(FlowReason reason) {
  switch (reason) {
    case FlowReason::down:
      return "the tracker takes in nothing";
    case FlowReason::probing:
      return "one request tries whether the tracker is back";
    case FlowReason::ramping:
      return "the tracker is back: more are sent step by step";
    case FlowReason::trying:
      return "fewer are sent, to see whether more get through";
    case FlowReason::refuses_more:
      return "the tracker refuses more";
    case FlowReason::configured_rate:
      return "the rate in the settings";
    case FlowReason::slower_with_more:
      return "the tracker is slower with more";
    case FlowReason::cap:
      return "the concurrency in the settings";
    case FlowReason::finding:
      return "it is being found out how many the tracker takes at once";
  }
  return {};
}

std::string describe(const FlowStanding& standing, int in_flight) {
  const auto percent = static_cast<int>(std::lround(standing.share * 100));
  std::string text = standing.streak < kManyFailed
                         ? "takes in " + std::to_string(percent) + " % of requests, "
                         : "took in none of the last " + std::to_string(standing.streak) + " requests, ";
  text += std::to_string(in_flight) + " in flight, ";
  switch (standing.limit.reason) {
    case FlowReason::refuses_more:
      text += "limited by the tracker: it refuses more";
      if (const auto rate = standing.limit.per_second)
        text += " than " + std::to_string(std::max(std::lround(*rate), 1L)) + " a second";
      return text;
    case FlowReason::slower_with_more:
      return text + "limited by the tracker: it is slower with more than " +
             std::to_string(standing.limit.in_flight);
    case FlowReason::down:
      return text + "limited by the tracker: it takes in nothing";
    case FlowReason::configured_rate:
    case FlowReason::cap:
      return text + "limited by " + describe(standing.limit.reason);
    case FlowReason::probing:
    case FlowReason::ramping:
    case FlowReason::trying:
    case FlowReason::finding:
      return text + describe(standing.limit.reason);
  }
  return text;
}

std::string_view name_of(FlowReason reason) {
  switch (reason) {
    case FlowReason::down:
      return "down";
    case FlowReason::probing:
      return "probing";
    case FlowReason::ramping:
      return "ramping";
    case FlowReason::trying:
      return "trying";
    case FlowReason::refuses_more:
      return "refuses_more";
    case FlowReason::configured_rate:
      return "configured_rate";
    case FlowReason::slower_with_more:
      return "slower_with_more";
    case FlowReason::cap:
      return "concurrency";
    case FlowReason::finding:
      return "finding";
  }
  return {};
}

}  // namespace keitaro_outbox::core
