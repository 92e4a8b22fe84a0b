#include "delivery/cycle.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "ports/out_of_memory.hpp"

namespace keitaro_outbox::delivery {

namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

/// A scheduled row is looked for so often at least: the wall's clock may be set meanwhile, and its time may
/// be farther off than a steady clock can tell.
constexpr auto kLongestRest = 60s;

void earliest(std::optional<SteadyTime>& soonest, std::optional<SteadyTime> time) {
  if (time && (!soonest || *time < *soonest)) soonest = time;
}

}  // namespace

Cycle::Cycle(ports::OutboxStore& store, ports::Transport& transport, const ports::Clock& clock,
             ports::Random& chance, ports::Observer& observer, std::vector<TrackerSpec> trackers)
    : store_(store),
      transport_(transport),
      clock_(clock),
      chance_(chance),
      observer_(observer),
      loader_(store, clock),
      recorder_(store, observer),
      notes_(store, clock),
      pace_(clock),
      maintenance_(store, clock, observer) {
  for (auto& tracker : trackers) add_queue(std::move(tracker));
}

std::optional<SteadyTime> Cycle::turn() {
  try {
    take_turn();
  } catch (const std::bad_alloc&) {
    // Each step makes room before it changes anything, so what is left undone is done by a later turn.
    // Answers are read in a pause as well: that is no further news.
    if (!store_is_paused()) store_failed(ports::kOutOfMemory);
  }
  return next_turn();
}

void Cycle::take_turn() {
  take_answers();
  set_gates();
  if (store_is_paused()) return;
  rebalance();
  refill();
  try {
    use_store();
    if (store_failures_ > 0) observer_.on_store_recovered();
    store_failures_ = 0;
    store_retry_at_.reset();
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  }
  submit();
}

/// Fills free slots before the disk is waited for, where nobody has touched the planned rows.
void Cycle::refill() {
  const bool could =
      std::any_of(queues_.begin(), queues_.end(), [&](TrackerQueue& queue) { return sendable(queue) > 0; });
  if (!could || notice_commits()) return;
  for (TrackerQueue& queue : queues_) dispatch(queue, false);
  submit();
}

bool Cycle::notice_commits() {
  try {
    if (!commits_noticed_ && store_.foreign_commits()) commits_noticed_ = true;
  } catch (const ports::StoreError&) {
    commits_noticed_ = true;  // There may be some. The turn meets the same error and deals with it.
  } catch (const std::bad_alloc&) {
    commits_noticed_ = true;  // The same.
  }
  return commits_noticed_;
}

void Cycle::set_in_progress_slot(const ports::InProgressSlot& mark) {
  mark_ = mark;
  loader_.set_in_progress_slot(mark);
  recorder_.set_in_progress_slot(mark);
}

void Cycle::try_store_again() {
  if (store_retry_at_) store_retry_at_ = clock_.steady();
}

void Cycle::stop_sending() {
  stopping_ = true;
  recall_all();
  for (TrackerQueue& queue : queues_) put_back_planned(queue);
}

bool Cycle::drained() {
  if (!at_rest() || store_failures_ > 0) return false;
  try {
    store_.begin_read();
    const bool pending = std::any_of(queues_.begin(), queues_.end(), [&](const TrackerQueue& queue) {
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

int Cycle::in_flight() const {
  int begun = 0;
  for (const TrackerQueue& queue : queues_) begun += queue.begun;
  return begun;
}

std::size_t Cycle::rows_in_memory() const {
  std::size_t rows = 0;
  for (const TrackerQueue& queue : queues_) rows += queue.held.size() + queue.to_block.size();
  return rows;
}

std::optional<SteadyTime> Cycle::next_turn() {
  if (store_retry_at_) return store_retry_at_;
  const SteadyTime now = clock_.steady();
  const core::WallTime wall = clock_.wall();
  std::optional<SteadyTime> soonest;
  if (!outcomes_.empty()) earliest(soonest, std::max(now, pace_.next_from()));
  if (stopping_) return soonest;
  earliest(soonest, maintenance_.due_at());
  earliest(soonest, notes_.due_at());
  for (TrackerQueue& queue : queues_) {
    if (!queue.to_block.empty()) earliest(soonest, now);
    if (!queue.may_send()) continue;  // A commit, or the configuration, will wake us.
    const int allowed = permits(queue);
    if (const auto probe_at = queue.breaker.probe_at()) {
      earliest(soonest, std::max(*probe_at, now));
      continue;
    }
    if (allowed <= queue.in_flight) continue;  // An answer will wake us.
    if (!queue.ready.empty() && queue.uncommitted_room() > 0) {
      const SteadyTime paced = queue.paced_again_at().value_or(now);
      earliest(soonest, is_in_own_trouble() ? std::max(paced, *own_trouble_until_) : paced);
    }
    if (loader_.wanted(queue)) {
      earliest(soonest, now);
    } else if (queue.next_due && queue.ready.size() <= queue.ready_capacity() / 2) {
      earliest(soonest, now + std::clamp<Millis>(*queue.next_due - wall, 0ms, kLongestRest));
    }
  }
  return soonest;
}

}  // namespace keitaro_outbox::delivery
