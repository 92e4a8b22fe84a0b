#include "delivery/recorder.hpp"

namespace keitaro_outbox::delivery {

namespace {

bool click_has_waiting(const RowOutcome& outcome) {
  const auto click = outcome.queue->clicks.find(outcome.subid);
  return click != outcome.queue->clicks.end() && click->second.holder == outcome.result.id &&
         click->second.has_waiting;
}

}  // namespace

void Recorder::write(std::span<const RowOutcome> outcomes) {
  overtaken_.assign(outcomes.size(), false);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const RowOutcome& outcome = outcomes[i];
    const ports::ClickKey click{outcome.queue->name(), outcome.subid};
    const ports::InProgressScope handling(mark_, outcome.result.id);
    if (!outcome.withdrawn) {
      overtaken_[i] = !store_.record(outcome.result);
      if (outcome.failure) store_.record_attempt(*outcome.failure);
      if (outcome.taken_in) store_.record_taken_in(click, outcome.tid, *outcome.taken_in, outcome.result.now);
    }
    // Also when the row is tried again: the click's first is then that row, or an earlier one sent again by
    // the operator, which was blocked behind it while it was in flight.
    if (click_has_waiting(outcome)) store_.unblock_next(click);
  }
}

void Recorder::committed(std::span<const RowOutcome> outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const RowOutcome& outcome = outcomes[i];
    TrackerQueue& queue = *outcome.queue;
    // A withdrawn row may be pending again, and was passed over while it was held.
    if (queue.let_go(outcome.result.id, outcome.subid) || outcome.withdrawn) queue.look_again();
    --queue.unrecorded;
    if (outcome.result.requested && !outcome.receipt) --queue.without_receipt;
    const auto& due_at = outcome.result.due_at;
    if (due_at && (!queue.next_due || *due_at < *queue.next_due)) queue.next_due = due_at;
    if (!outcome.withdrawn) tell(outcome, overtaken_[i]);
  }
}

void Recorder::tell(const RowOutcome& outcome, bool overtaken) {
  const ports::RowResult& result = outcome.result;
  const ports::RowEvent event{.id = result.id,
                              .tracker = outcome.queue->name(),
                              .subid = outcome.subid,
                              .sent_as = result.sent_as,
                              .attempts = result.attempts,
                              .http_status = result.http_status,
                              .latency = outcome.latency,
                              .age = outcome.age,
                              .moved_from = outcome.moved_from,
                              .reason = result.reason,
                              .requested = result.requested};
  if (overtaken) return observer_.on_overtaken(event);
  switch (result.state) {
    case core::State::pending:
      return observer_.on_retry(event, result.due_at.value_or(result.now));
    case core::State::delivered:
      return observer_.on_delivered(event);
    case core::State::duplicate:
      return observer_.on_duplicate(event);
    case core::State::refused:
      return observer_.on_refused(event);
    case core::State::dead:
      return observer_.on_dead(event);
    case core::State::cancelled:
      return observer_.on_cancelled(event);
  }
}

}  // namespace keitaro_outbox::delivery
