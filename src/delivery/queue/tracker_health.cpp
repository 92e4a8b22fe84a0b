#include "delivery/queue/tracker_health.hpp"

#include <variant>

namespace keitaro_outbox::delivery {
namespace {

bool is_taken_in(const core::Meaning& meaning) {
  return std::holds_alternative<core::TakenIn>(meaning);
}

std::optional<core::Millis> retry_after_of(const core::Meaning& meaning) {
  if (const auto* m = std::get_if<core::Throttled>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::TrackerTrouble>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::RowRefused>(&meaning)) return m->retry_after;
  return std::nullopt;
}

/// Of an exchange that tells of the tracker: trouble of our own is met before.
core::FlowAnswer answer_of(const core::Exchange& exchange, const core::Meaning& meaning) {
  using core::FlowAnswer;
  if (is_taken_in(meaning)) return FlowAnswer::taken_in;
  if (std::holds_alternative<core::NotSent>(exchange)) return FlowAnswer::not_connected;
  if (std::holds_alternative<core::AnswerLost>(exchange)) return FlowAnswer::lost;
  if (std::holds_alternative<core::RowRefused>(meaning)) return FlowAnswer::row_refused;
  switch (std::get<core::Answer>(exchange).http_status) {
    case 429:
      return FlowAnswer::throttled;
    case 503:
      return FlowAnswer::unavailable;
    default:
      return FlowAnswer::trouble;
  }
}

core::FlowSettings settings_of(const TrackerSpec& spec) {
  core::FlowSettings settings;
  settings.concurrency = spec.concurrency;
  settings.rate = spec.rate;
  settings.breaker = spec.breaker;
  return settings;
}

}  // namespace

TrackerHealth::TrackerHealth(const TrackerSpec& spec) : flow_(settings_of(spec)) {}

void TrackerHealth::change(const TrackerSpec& spec, bool moved) {
  if (moved) {
    flow_ = core::FlowControl(settings_of(spec));
  } else {
    flow_.change(settings_of(spec));
  }
}

int TrackerHealth::permits(core::SteadyTime now, bool untried, int in_flight) {
  return flow_.max_in_flight(now, untried, in_flight);
}

bool TrackerHealth::charges(const HealthEvent& event, double jitter) const {
  return flow_.charges(answer_of(event.exchange, event.meaning), jitter);
}

void TrackerHealth::on_answer(const HealthEvent& event) {
  answered_at_ = event.now;
  flow_.on_answer({.row = event.row,
                   .answer = answer_of(event.exchange, event.meaning),
                   .latency = event.latency,
                   .in_flight = event.in_flight,
                   .retry_after = retry_after_of(event.meaning)},
                  event.now, event.jitter);
}

}  // namespace keitaro_outbox::delivery
