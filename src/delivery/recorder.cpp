#include "delivery/recorder.hpp"

#include <algorithm>

namespace keitaro_outbox::delivery {
namespace {

/// When the tracker is asked whether it has recorded what it took in.
std::optional<core::WallTime> check_at(const RowOutcome& outcome) {
  const auto& read_back = outcome.queue->spec().read_back;
  if (!outcome.taken_in || !read_back) return std::nullopt;
  return outcome.result.now + read_back->policy.verify_after;
}

}  // namespace

std::optional<core::SteadyTime> Recorder::due_at() const {
  if (outcomes_.empty()) return std::nullopt;
  const bool more_come =
      std::ranges::any_of(queues_, [](const TrackerQueue& queue) { return queue.budget.in_flight() > 0; });
  return policy_.next_from(outcomes_.size(), more_come);
}

void Recorder::record() {
  store_.begin_write();
  const core::SteadyTime locked = clock_.steady();
  // Before the outcomes: a row that holds its click in memory is then still pending in the store, and
  // unblocks what is blocked behind it when its own outcome is written.
  for (TrackerQueue& queue : queues_) loader_.block_left(queue);
  const auto group = outcomes_.first(policy_.group_of(outcomes_.size()));
  write(group);
  breaker_states_.write();
  core::SteadyTime visible = locked;
  store_.commit([&] { visible = clock_.steady(); });

  breaker_states_.committed();
  for (TrackerQueue& queue : queues_) queue.on_blocked();
  committed(group);
  policy_.committed(group.size(), locked, visible);
  outcomes_.drop_first(group.size());
  for (TrackerQueue& queue : queues_) queue.budget.set_commits_overlap(policy_.overlap());
}

void Recorder::record_breaker_states() {
  store_.begin_write();
  breaker_states_.write();
  store_.commit();
  breaker_states_.committed();
}

void Recorder::write(std::span<const RowOutcome> group) {
  records_.clear();
  for (const RowOutcome& outcome : group) {
    records_.push_back({.click = {outcome.queue->name(), outcome.subid},
                        .id = outcome.result.id,
                        .result = outcome.withdrawn ? nullptr : &outcome.result,
                        .failure = outcome.failure ? &*outcome.failure : nullptr,
                        .taken_in = outcome.taken_in ? &*outcome.taken_in : nullptr,
                        .key = &outcome.key,
                        .check_at = check_at(outcome),
                        .set_aside_until = outcome.set_aside_until,
                        // Also when the row is tried again: the click's first row is then that one, or an
                        // earlier one that the operator sent again, and that was blocked behind it.
                        .unblock_next = outcome.queue->clicks.has_blocked(outcome.result.id, outcome.subid)});
  }
  store_.record(records_, in_progress_);
}

void Recorder::committed(std::span<const RowOutcome> group) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const RowOutcome& outcome = group[i];
    TrackerQueue& queue = *outcome.queue;
    // A withdrawn row may be pending again, or another have its id; it was passed over while this was in
    // memory.
    if (queue.clicks.release(outcome.result.id, outcome.subid) || outcome.withdrawn || records_[i].overtaken)
      queue.cursor.restart();
    queue.budget.on_committed(outcome.repeatable());
    if (outcome.result.due_at) queue.cursor.on_retry(*outcome.result.due_at);
    if (!records_[i].unrecorded.empty()) queue.cursor.on_retry(outcome.set_aside_until);
    if (outcome.ack) dispatcher_.acknowledge(*outcome.ack);
    if (!outcome.withdrawn) tell(outcome, records_[i]);
  }
}

void Recorder::tell(const RowOutcome& outcome, const ports::OutcomeRecord& record) {
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
                              .reason = record.unrecorded.empty() ? result.reason : record.unrecorded,
                              .requested = result.requested};
  if (record.overtaken) return observer_.on_overtaken(event);
  if (!record.unrecorded.empty())
    return observer_.on_retry(event, std::max(outcome.set_aside_until, result.due_at.value_or(result.now)));
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
