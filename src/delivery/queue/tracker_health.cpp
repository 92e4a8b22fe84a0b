#include "delivery/queue/tracker_health.hpp"

#include <algorithm>
#include <variant>

namespace keitaro_outbox::delivery {
namespace {

bool is_taken_in(const core::Meaning& meaning) {
  return std::holds_alternative<core::TakenIn>(meaning);
}

bool speaks_of_the_row(const core::Meaning& meaning) {
  return std::holds_alternative<core::RowRefused>(meaning);
}

std::optional<core::Millis> retry_after_of(const core::Meaning& meaning) {
  if (const auto* m = std::get_if<core::Throttled>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::TrackerTrouble>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::RowRefused>(&meaning)) return m->retry_after;
  return std::nullopt;
}

}  // namespace

TrackerHealth::TrackerHealth(const TrackerSpec& spec)
    : cap_(spec.concurrency), breaker_(spec.breaker), concurrency_(spec.concurrency), rate_(spec.rate) {}

void TrackerHealth::change(const TrackerSpec& before, const TrackerSpec& spec, bool moved) {
  cap_ = spec.concurrency;
  if (spec.rate != before.rate) rate_ = core::RateLimit(spec.rate);
  if (moved || spec.concurrency != before.concurrency)
    concurrency_ = core::ConcurrencyLimit(spec.concurrency);
  if (!moved) return;
  pace_ = {};
  breaker_ = core::Breaker(spec.breaker);
}

int TrackerHealth::permits(core::SteadyTime now) {
  return std::min(breaker_.permits(now, cap_), concurrency_.value());
}

int TrackerHealth::paced(core::SteadyTime now, int wanted) {
  return rate_.available(now, pace_.available(now, wanted));
}

std::optional<core::SteadyTime> TrackerHealth::paced_again_at() const {
  return std::max(rate_.next_at(), pace_.next_at());
}

void TrackerHealth::on_sent() {
  rate_.take(1);
  pace_.take(1);
}

bool TrackerHealth::asked_too_often(const core::Meaning& meaning, core::SteadyTime now) const {
  const auto* throttled = std::get_if<core::Throttled>(&meaning);
  return throttled != nullptr && !throttled->retry_after && pace_.explains_429(now);
}

bool TrackerHealth::fails_for_all(const core::Meaning& meaning) const {
  // A tracker that is ramping up has just taken in others: it does not refuse everybody.
  const bool ramping = breaker_.phase() == core::Breaker::Phase::ramping;
  return breaker_.outage() && !(speaks_of_the_row(meaning) && ramping);
}

void TrackerHealth::on_answer(const HealthEvent& event) {
  if (is_taken_in(event.meaning)) {
    breaker_.on_success(cap_);
  } else if (!asked_too_often(event.meaning, event.now)) {
    breaker_.on_failure(event.row, event.in_flight - 1, event.now, retry_after_of(event.meaning),
                        event.jitter, speaks_of_the_row(event.meaning));
  }
  learn_pace(event);
}

/// How much at once, and how often, the tracker can be asked.
void TrackerHealth::learn_pace(const HealthEvent& event) {
  if (is_taken_in(event.meaning)) {
    pace_.on_taken_in(event.now);
    concurrency_.on_answer(event.latency, event.in_flight);
  } else if (const auto* answer = std::get_if<core::Answer>(&event.exchange)) {
    const int status = answer->http_status;
    // Once a pace is being found a 429 says how often, not how many at once: with fewer in flight a distant
    // tracker would never be asked as often as it allows.
    const bool too_often = status == 429 && pace_.explains_429(event.now);
    if (status == 429) pace_.on_throttled(event.now);
    if (!too_often && (status == 429 || status == 408 || (status >= 500 && status < 600)))
      concurrency_.on_overload();
  } else if (std::holds_alternative<core::AnswerLost>(event.exchange)) {
    concurrency_.on_overload();
  }
}

}  // namespace keitaro_outbox::delivery
