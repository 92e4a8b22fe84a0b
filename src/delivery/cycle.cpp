#include "delivery/cycle.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "ports/out_of_memory.hpp"

namespace keitaro_outbox::delivery {
namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

/// A scheduled row is looked for at least this often: the wall clock may be set meanwhile, and the row's time
/// may be farther off than a steady clock can tell.
constexpr auto kLongestRest = 60s;

/// How many outcomes are best committed at a time, where a commit is a round trip; else 0.
int commit_span(const ports::OutboxStore& store) {
  const std::size_t span = store.preferred_span();
  return span > 1 ? static_cast<int>(span) : 0;
}

void earliest(std::optional<SteadyTime>& soonest, std::optional<SteadyTime> time) {
  if (time && (!soonest || *time < *soonest)) soonest = time;
}

}  // namespace

Cycle::Cycle(ports::OutboxStore& store, ports::Transport& transport, const ports::Clock& clock,
             ports::Random& random, ports::Observer& observer, std::vector<TrackerSpec> trackers)
    : store_(store),
      clock_(clock),
      observer_(observer),
      commits_(store),
      store_backoff_(clock),
      breaker_states_(store, clock, observer),
      loader_(store, clock, commits_, outcomes_, in_progress_),
      dispatcher_(transport, clock, random, observer, loader_, commits_, store_backoff_, breaker_states_,
                  queues_),
      settler_(clock, random, outcomes_, breaker_states_, in_progress_),
      recorder_(store, clock, observer, loader_, dispatcher_, outcomes_, breaker_states_, queues_,
                in_progress_),
      trackers_(queues_, dispatcher_, breaker_states_, observer, commit_span(store)),
      maintenance_(store, clock, observer),
      clock_watch_(clock) {
  for (TrackerSpec& tracker : trackers) trackers_.add(std::move(tracker));
}

std::optional<SteadyTime> Cycle::turn() {
  try {
    take_turn();
  } catch (const std::bad_alloc&) {
    // Each step makes room before it changes anything, so what is left undone is done by a later turn.
    // Answers are read in a pause as well: that is no further news.
    if (!store_backoff_.pausing()) store_failed(ports::kOutOfMemory);
  }
  return next_turn();
}

void Cycle::take_turn() {
  take_answers();
  dispatcher_.set_gates();
  if (store_backoff_.pausing()) return;
  dispatcher_.rebalance();
  refill();
  try {
    use_store();
    if (store_backoff_.failing()) observer_.on_store_recovered();
    store_backoff_.on_success();
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  }
  dispatcher_.submit();
}

void Cycle::take_answers() {
  dispatcher_.collect(
      [&](Flight& flight, const ports::Completion& completion) { settler_.settle(flight, completion); });
}

/// Fills free slots before the disk is waited for, where nobody has touched the planned rows.
void Cycle::refill() {
  const bool could =
      std::ranges::any_of(queues_, [&](TrackerQueue& queue) { return dispatcher_.sendable(queue) > 0; });
  if (!could || commits_.noticed()) return;
  dispatch(false);
  dispatcher_.submit();
}

void Cycle::dispatch(bool store_open) {
  for (TrackerQueue& queue : queues_) dispatcher_.dispatch(queue, store_open);
}

void Cycle::use_store() {
  if (must_record()) {
    recorder_.record();
    // Many answers may have come while the disk was waited for.
    take_answers();
    refill();
  }
  if (stopping_) return;
  if (must_load()) load();
  dispatcher_.submit();
  maintain();
}

bool Cycle::must_record() const {
  return recorder_.due() ||
         std::ranges::any_of(queues_, [](const TrackerQueue& queue) { return !queue.to_block().empty(); });
}

bool Cycle::must_load() {
  const bool some_queue_must = std::ranges::any_of(
      queues_, [&](TrackerQueue& queue) { return must_recheck(queue) || may_load(queue); });
  return some_queue_must || commits_.noticed();
}

/// Whether the row that is sent next must be read again, or may have to: in doubt it can be any of them.
bool Cycle::must_recheck(const TrackerQueue& queue) const {
  const auto& ready = queue.ready();
  if (!queue.may_send() || ready.empty()) return false;
  const auto is_stale = [&](const PlannedRow& row) { return commits_.is_stale(row); };
  return queue.health.in_doubt() ? std::ranges::any_of(ready, is_stale) : is_stale(ready.front());
}

bool Cycle::may_load(TrackerQueue& queue) {
  // Rows still to be blocked come before any later row of their click.
  return queue.may_send() && queue.to_block().empty() && loader_.wanted(queue) &&
         dispatcher_.permits(queue) > 0;
}

void Cycle::load() {
  store_.begin_read();
  if (commits_.begin_generation()) look_again();
  for (TrackerQueue& queue : queues_) {
    if (may_load(queue)) loader_.load(queue);
  }
  dispatcher_.rebalance();  // By now it is known which queues are empty.
  dispatch(true);
  store_.commit();
}

/// Others have committed.
void Cycle::look_again() {
  // What was there before the first look does not tell whether others commit now.
  if (looked_at_store_ && store_.holds_up_others()) recorder_.policy().others_committed();
  maintenance_.others_committed();
  // What waits at the transport is checked again before it is begun, like all that is planned.
  for (TrackerQueue& queue : queues_) {
    queue.recall();
    queue.cursor.restart();
  }
  trackers_.obey_pauses(store_.paused_trackers());
  if (!looked_at_store_) trackers_.take_over(store_.open_breakers());
  looked_at_store_ = true;
  dispatcher_.rebalance();
}

/// The clock was set back: a try that failed before lies in the future, and the next one farther on.
void Cycle::bring_back() {
  const core::WallTime now = clock_.wall();
  const auto beyond = [&](const TrackerQueue& queue) { return now + queue.spec().retry.max_delay; };
  std::vector<TrackerQueue*> suspects;
  store_.begin_read();
  for (TrackerQueue& queue : queues_) {
    if (!queue.retired() && store_.next_due(queue.name(), beyond(queue))) suspects.push_back(&queue);
  }
  store_.commit();
  for (TrackerQueue* queue : suspects) {
    bool more = true;
    while (more) {
      store_.begin_write();
      more = store_.bring_back(queue->name(), now, beyond(*queue));
      store_.commit();
      queue->cursor.restart();
    }
  }
  clock_watch_.looked();
}

void Cycle::maintain() {
  clock_watch_.follow();
  if (clock_watch_.was_set_back()) bring_back();
  breaker_states_.note_flows(queues_, dispatcher_.host_lacks());
  if (const auto due = breaker_states_.due_at(); due && *due <= clock_.steady())
    recorder_.record_breaker_states();
  const bool rows_came_free =
      maintenance_.work([&](std::string_view name) { return trackers_.is_configured(name); });
  if (!rows_came_free) return;
  for (TrackerQueue& queue : queues_) queue.cursor.restart();
}

void Cycle::store_failed(std::string_view what) {
  store_.rollback();
  const Millis pause = store_backoff_.on_failure();
  dispatcher_.recall_all();
  // Whatever was read in the transaction that failed is read again, the commits of others included.
  commits_.assume();
  observer_.on_store_trouble(what, pause);
}

void Cycle::reconfigure(std::vector<TrackerSpec> trackers) {
  if (stopping_) return;
  trackers_.reconfigure(std::move(trackers));
  // Everything is looked at again, as if others had committed: pauses, rows, and which trackers are unknown.
  commits_.assume();
  maintenance_.reconfigured(trackers_.names());
  dispatcher_.try_set_gates();
}

void Cycle::stop_sending() {
  stopping_ = true;
  dispatcher_.stop();
  for (TrackerQueue& queue : queues_) {
    queue.drop_ready();
    queue.on_blocked();
  }
}

bool Cycle::is_over(Handover& handover) const {
  using Stage = Handover::Stage;
  // What was planned before a look is read again before it is sent, and is not found any more.
  if (handover.stage == Stage::loaded && commits_.generation() > handover.generation)
    handover = {.stage = Stage::sent, .ticket = dispatcher_.next_ticket()};
  if (handover.stage == Stage::sent && !dispatcher_.has_flight_before(handover.ticket))
    handover = {.stage = Stage::settled, .outcomes = outcomes_.added()};
  return handover.stage == Stage::settled && outcomes_.dropped() >= handover.outcomes;
}

bool Cycle::drained() {
  if (!at_rest() || store_backoff_.failing()) return false;
  try {
    store_.begin_read();
    const bool pending = std::ranges::any_of(queues_, [&](const TrackerQueue& queue) {
      return queue.may_send() && store_.has_pending(queue.name());
    });
    store_.commit();
    return !pending;
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  } catch (const std::bad_alloc&) {
    store_failed(ports::kOutOfMemory);
  }
  return false;
}

std::size_t Cycle::rows_in_memory() const {
  std::size_t rows = 0;
  for (const TrackerQueue& queue : queues_) rows += queue.rows_in_memory();
  return rows;
}

std::optional<SteadyTime> Cycle::next_turn() {
  if (store_backoff_.retry_at()) return store_backoff_.retry_at();
  const SteadyTime now = clock_.steady();
  const core::WallTime wall = clock_.wall();
  std::optional<SteadyTime> soonest;
  if (const auto due = recorder_.due_at()) earliest(soonest, std::max(now, *due));
  if (stopping_) return soonest;
  earliest(soonest, maintenance_.due_at());
  earliest(soonest, breaker_states_.due_at());
  for (TrackerQueue& queue : queues_) {
    if (!queue.to_block().empty()) earliest(soonest, now);
    if (!queue.may_send()) continue;  // A commit, or the configuration, will wake us.
    const int permits = dispatcher_.permits(queue);
    if (const auto probe_at = queue.health.probe_at(); probe_at && *probe_at > now)
      earliest(soonest, *probe_at);
    if (permits <= queue.budget.in_flight()) continue;  // An answer will wake us.
    if (!queue.ready().empty() && queue.budget.room() > 0) {
      const SteadyTime paced = queue.health.paced_again_at().value_or(now);
      earliest(soonest, std::max(paced, dispatcher_.paused_until().value_or(now)));
    }
    const auto next_due = queue.cursor.next_due();
    if (loader_.wanted(queue)) {
      earliest(soonest, now);
    } else if (next_due && queue.ready().size() <= loader_.capacity(queue) / 2) {
      earliest(soonest, now + std::clamp<Millis>(*next_due - wall, 0ms, kLongestRest));
    }
  }
  return soonest;
}

}  // namespace keitaro_outbox::delivery
