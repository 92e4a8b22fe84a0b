#include "delivery/settlement.hpp"

#include <utility>
#include <variant>

#include "core/rules/settle.hpp"

namespace keitaro_outbox::delivery {

namespace {

core::LedgerEntry entry_for(const Planned& planned) {
  return {.postback = planned.postback,
          .outbox_id = planned.row.id,
          .rebilled = planned.postback.status == core::Status::rebill};
}

void note_failure(RowOutcome& outcome, const ports::Completion& completion, const std::string& what) {
  const ports::RowResult& result = outcome.result;
  outcome.failure = ports::FailedAttempt{.id = result.id,
                                         .attempt = result.attempts,
                                         .started_at = completion.started_at,
                                         .latency = outcome.latency,
                                         .http_status = result.http_status,
                                         .error = what,
                                         .response = result.response};
}

}  // namespace

RowOutcome settled(const Planned& planned, const ports::Completion& completion, const core::Meaning& meaning,
                   const Circumstances& circumstances) {
  RowOutcome outcome;
  outcome.latency = std::chrono::floor<core::Millis>(completion.latency);
  outcome.receipt = completion.receipt;
  outcome.age = age_of(planned.row, circumstances.now);
  ports::RowResult& result = outcome.result;
  result.id = planned.row.id;
  result.attempts = planned.row.attempts + 1;
  result.strikes = planned.row.strikes;
  result.sent_as = planned.postback.status;
  result.now = circumstances.now;
  result.requested = true;
  if (const auto* answer = std::get_if<core::Answer>(&completion.exchange)) {
    result.http_status = answer->http_status;
    result.response = circumstances.sent_under.rules.scrub(answer->body);
  }

  core::Settlement end = core::settle(meaning, circumstances.sent_under.retry,
                                      {.strikes = planned.row.strikes,
                                       .outage = circumstances.outage,
                                       .now = circumstances.now,
                                       .jitter = circumstances.jitter,
                                       .what = circumstances.what,
                                       .exempt = circumstances.exempt});
  if (auto* delivered = std::get_if<core::Delivered>(&end)) {
    result.state = core::State::delivered;
    result.reason = std::move(delivered->reason);
    outcome.taken_in = entry_for(planned);
    return outcome;
  }
  if (auto* retry = std::get_if<core::RetryAt>(&end)) {
    result.state = core::State::pending;
    result.due_at = retry->at;
    result.reason = std::move(retry->reason);
    if (retry->strike) ++result.strikes;
  } else {
    result.state = core::State::dead;
    result.reason = std::move(std::get<core::Dead>(end).reason);
    ++result.strikes;
  }
  note_failure(outcome, completion, circumstances.what);
  return outcome;
}

}  // namespace keitaro_outbox::delivery
