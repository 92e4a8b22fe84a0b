// The cycle's side of the store: what is recorded and loaded when, and what is done where that fails.
#include <algorithm>
#include <utility>

#include "delivery/cycle.hpp"

namespace keitaro_outbox::delivery {

namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

constexpr auto kFirstStorePause = 50ms;
constexpr auto kLongestStorePause = 5s;

}  // namespace

void Cycle::use_store() {
  if (must_record()) {
    record();
    // Much may have been answered while the disk was waited for.
    take_answers();
    refill();
  }
  if (stopping_) return;
  if (must_load()) load();
  submit();
  look_after_others();
}

bool Cycle::must_record() const {
  const bool to_block =
      !stopping_ && std::any_of(queues_.begin(), queues_.end(),
                                [](const TrackerQueue& queue) { return !queue.to_block.empty(); });
  return to_block || (!outcomes_.empty() && clock_.steady() >= pace_.next_from());
}

void Cycle::record() {
  store_.begin_write();
  const SteadyTime locked = clock_.steady();
  // Parked before the outcomes are written: a row that holds its click in memory is then still pending in the
  // store, and frees what was blocked behind it as its own outcome is written.
  if (!stopping_) {
    for (TrackerQueue& queue : queues_) loader_.block_left(queue);
  }
  const std::size_t group = pace_.group_of(outcomes_.size());
  recorder_.write({outcomes_.data(), group});
  notes_.write();
  store_.publish();
  const SteadyTime published = clock_.steady();
  store_.sync();
  notes_.committed();
  for (TrackerQueue& queue : queues_) queue.to_block.clear();
  recorder_.committed({outcomes_.data(), group});
  for (std::size_t i = 0; i < group; ++i) {
    if (outcomes_[i].receipt) transport_.acknowledge(*outcomes_[i].receipt);
  }
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(group));
  pace_.committed(group, locked, published);
  for (TrackerQueue& queue : queues_) queue.commits_overlap = pace_.overlap();
}

bool Cycle::must_load() {
  const bool some_lane_must = std::any_of(queues_.begin(), queues_.end(), [&](TrackerQueue& queue) {
    const bool stale = queue.may_send() && !queue.ready.empty() &&
                       queue.ready.front().commit_generation != commit_generation_;
    return stale || may_load(queue);
  });
  return some_lane_must || notice_commits();
}

bool Cycle::may_load(TrackerQueue& queue) {
  // Candidates still to be blocked come before any later row of their click.
  return queue.may_send() && queue.to_block.empty() && loader_.wanted(queue) && permits(queue) > 0;
}

void Cycle::load() {
  store_.begin_read();
  if (store_.foreign_commits() || commits_noticed_) {
    commits_noticed_ = false;
    // What was there before the first look tells nothing of whether others commit now.
    if (std::exchange(store_seen_, true)) pace_.others_committed();
    ++commit_generation_;
    maintenance_.others_committed();
    for (TrackerQueue& queue : queues_) {
      queue.recall();  // It is looked at again before it is begun, like all that is planned.
      queue.look_again();
    }
    obey_pauses();
    rebalance();
  }
  for (TrackerQueue& queue : queues_) {
    if (may_load(queue)) loader_.load(queue, commit_generation_, outcomes_);
  }
  rebalance();  // By now it is known who has nothing.
  for (TrackerQueue& queue : queues_) dispatch(queue, true);
  store_.commit();
}

void Cycle::look_after_others() {
  if (const auto due = notes_.due_at(); due && *due <= clock_.steady()) write_breaker_states();
  const auto known = [&](std::string_view name) {
    return std::any_of(queues_.begin(), queues_.end(),
                       [&](const TrackerQueue& queue) { return !queue.retired && queue.name() == name; });
  };
  if (!maintenance_.work(known)) return;
  for (TrackerQueue& queue : queues_) queue.look_again();
}

void Cycle::store_failed(std::string_view what) {
  store_.rollback();
  ++store_failures_;
  recall_all();
  const auto doubled = kFirstStorePause * (1 << std::min(store_failures_ - 1, 10));
  const auto pause = std::min<Millis>(doubled, kLongestStorePause);
  store_retry_at_ = clock_.steady() + pause;
  // Whatever was read in the transaction that failed is read again, the commits of others included.
  commits_noticed_ = true;
  observer_.on_store_trouble(what, pause);
}

}  // namespace keitaro_outbox::delivery
