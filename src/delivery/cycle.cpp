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

Cycle::Cycle(ports::Store& store, ports::Transport& transport, const ports::Clock& clock,
             ports::Chance& chance, ports::Observer& observer, std::vector<TrackerSpec> trackers)
    : store_(store),
      transport_(transport),
      clock_(clock),
      chance_(chance),
      observer_(observer),
      loader_(store, clock),
      recorder_(store, observer),
      notes_(store, clock),
      pace_(clock),
      upkeep_(store, clock, observer) {
  for (auto& tracker : trackers) add_lane(std::move(tracker));
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
  if (stopping_ || store_failures_ > 0) take_back_waiting();
  take_answers();
  if (store_is_paused()) return;
  share_out();
  tell_limits();
  refill();
  try {
    use_store();
    if (store_failures_ > 0) observer_.on_store_recovered();
    store_failures_ = 0;
    store_retry_at_.reset();
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  }
  transport_.submit(to_submit_);
}

/// Fills free slots before the disk is waited for, where nobody has touched the planned rows.
void Cycle::refill() {
  const bool could =
      std::any_of(lanes_.begin(), lanes_.end(), [&](Lane& lane) { return sendable(lane) > 0; });
  if (!could || notice_commits()) return;
  for (Lane& lane : lanes_) dispatch(lane, false);
  transport_.submit(to_submit_);
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

void Cycle::note_handling(const ports::HandlingMark& mark) {
  mark_ = mark;
  loader_.note_handling(mark);
  recorder_.note_handling(mark);
}

void Cycle::try_store_again() {
  if (store_retry_at_) store_retry_at_ = clock_.steady();
}

void Cycle::stop_sending() {
  stopping_ = true;
  try_to_take_back_waiting();
  for (Lane& lane : lanes_) put_back_planned(lane);
}

bool Cycle::drained() {
  if (!at_rest() || store_failures_ > 0) return false;
  try {
    store_.begin_read();
    const bool pending = std::any_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
      return lane.may_send() && store_.has_pending(lane.name());
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
  for (const Lane& lane : lanes_) rows += lane.held.size() + lane.to_park.size();
  return rows;
}

std::optional<SteadyTime> Cycle::next_turn() {
  if (store_retry_at_) return store_retry_at_;
  const SteadyTime now = clock_.steady();
  const core::WallTime wall = clock_.wall();
  std::optional<SteadyTime> soonest;
  if (!outcomes_.empty()) earliest(soonest, std::max(now, pace_.next_from()));
  if (stopping_) return soonest;
  earliest(soonest, upkeep_.due_at());
  earliest(soonest, notes_.due_at());
  for (Lane& lane : lanes_) {
    if (!lane.to_park.empty()) earliest(soonest, now);
    if (!lane.may_send()) continue;  // A commit, or the configuration, will wake us.
    const int allowed = allowance(lane);
    if (const auto probe_at = lane.breaker.probe_at()) {
      earliest(soonest, std::max(*probe_at, now));
      continue;
    }
    if (allowed <= lane.in_flight) continue;  // An answer will wake us.
    if (!lane.ready.empty() && lane.uncommitted_room() > 0)
      earliest(soonest, lane.paced_again_at().value_or(now));
    if (loader_.wanted(lane)) {
      earliest(soonest, now);
    } else if (lane.next_due && lane.ready.size() <= lane.ready_capacity() / 2) {
      earliest(soonest, now + std::clamp<Millis>(*lane.next_due - wall, 0ms, kLongestRest));
    }
  }
  return soonest;
}

}  // namespace keitaro_outbox::delivery
