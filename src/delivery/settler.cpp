#include "delivery/settler.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "core/rules/answer.hpp"
#include "core/rules/settle.hpp"

namespace keitaro_outbox::delivery {
namespace {

/// What was sent, what came back, and what core::settle() made of it.
RowOutcome outcome_of(const PlannedRow& planned, const ports::Completion& completion,
                      const core::TrackerRules& rules, core::Settlement end, const core::SettleInput& in) {
  RowOutcome outcome;
  outcome.latency = std::chrono::floor<core::Millis>(completion.latency);
  outcome.ack = completion.receipt;
  outcome.age = age_of(planned.row, in.now);
  ports::RowResult& result = outcome.result;
  result.id = planned.row.id;
  result.created_at = planned.row.created_at;
  result.attempts = planned.row.attempts + 1;
  result.strikes = planned.row.strikes;
  result.refusals = planned.row.refusals;
  result.sent_as = planned.postback.status;
  result.now = in.now;
  result.requested = true;
  if (const auto* answer = std::get_if<core::Answer>(&completion.exchange)) {
    result.http_status = answer->http_status;
    result.response = rules.scrub(answer->body);
  }

  if (auto* delivered = std::get_if<core::Delivered>(&end)) {
    result.state = core::State::delivered;
    result.reason = std::move(delivered->reason);
    outcome.taken_in = {.postback = planned.postback,
                        .outbox_id = planned.row.id,
                        .rebilled_by = planned.postback.status == core::Status::rebill
                                           ? std::optional(planned.row.id)
                                           : std::nullopt};
    return outcome;
  }
  if (auto* retry = std::get_if<core::RetryAt>(&end)) {
    result.state = core::State::pending;
    result.due_at = retry->at;
    result.reason = std::move(retry->reason);
    if (retry->strike) ++result.strikes;
    if (retry->refusal) ++result.refusals;
  } else {
    result.state = core::State::dead;
    auto& dead = std::get<core::Dead>(end);
    result.reason = std::move(dead.reason);
    ++result.strikes;
    if (dead.refusal) ++result.refusals;
  }
  outcome.failure = ports::FailedAttempt{.id = result.id,
                                         .attempt = result.attempts,
                                         .started_at = completion.started_at,
                                         .latency = outcome.latency,
                                         .http_status = result.http_status,
                                         .error = in.what,
                                         .response = result.response};
  return outcome;
}

}  // namespace

void Settler::settle(Flight& flight, const ports::Completion& completion) {
  TrackerQueue& queue = *flight.queue;
  PlannedRow& planned = flight.planned;
  outcomes_.make_room();
  const ports::InProgressScope handling(in_progress_, planned.row.id);

  const TrackerSpec& spec = flight.sent_under ? *flight.sent_under : queue.spec();
  const bool of_this_address = !flight.sent_under || core::same_addresses(spec.rules, queue.spec().rules);
  // The answer came to an earlier worker, or from another address: it tells nothing of how the tracker does.
  const bool tells_of_now = of_this_address && !completion.replayed;
  const core::SteadyTime now = clock_.steady();
  const core::WallTime wall = clock_.wall();
  const core::Meaning meaning = core::read_exchange(completion.exchange, planned.sentinel, wall);
  const bool taken_in = std::holds_alternative<core::TakenIn>(meaning);
  // An answer is described in our own words; an error may be in those of a library that knows the URL.
  std::string what = core::describe(completion.exchange);
  if (!std::holds_alternative<core::Answer>(completion.exchange)) what = spec.rules.scrub(what);

  const double pause_jitter = taken_in ? 0 : random_.next();
  const HealthEvent event{.row = planned.row.id,
                          .exchange = completion.exchange,
                          .meaning = meaning,
                          .latency = completion.latency,
                          .in_flight = queue.budget.in_flight(),
                          .now = now,
                          .jitter = pause_jitter};
  const double chance = taken_in ? 0 : random_.next();
  const core::SettleInput input{.strikes = planned.row.strikes,
                                .refusals = planned.row.refusals,
                                .outage = !of_this_address || queue.health.fails_for_all(),
                                .now = wall,
                                .jitter = random_.next(),
                                .what = what,
                                .attempts = planned.row.attempts + 1,
                                .exempt = !taken_in && !queue.health.charges(event, chance)};
  RowOutcome outcome =
      outcome_of(planned, completion, spec.rules, core::settle(meaning, spec.retry, input), input);
  const auto phase_before = queue.health.phase();
  if (tells_of_now) queue.health.on_answer(event);
  outcome.set_aside_until = set_aside_until(planned.row, spec.retry, wall);
  // Nothing fails from here on.
  outcome.queue = &queue;
  outcome.subid = std::move(planned.row.subid);
  outcome.key = std::move(planned.key);
  if (taken_in) queue.budget.on_taken_in(outcome.ack.has_value());
  queue.budget.on_ended();
  outcomes_.add(std::move(outcome));
  breaker_states_.note_change(queue, phase_before, what);
}

}  // namespace keitaro_outbox::delivery
