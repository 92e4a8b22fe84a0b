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
  transport_.submit(to_submit_);
  look_after_others();
}

bool Cycle::must_record() const {
  const bool to_park = !stopping_ && std::any_of(lanes_.begin(), lanes_.end(),
                                                 [](const Lane& lane) { return !lane.to_park.empty(); });
  return to_park || (!outcomes_.empty() && clock_.steady() >= pace_.next_from());
}

void Cycle::record() {
  store_.begin_write();
  const SteadyTime locked = clock_.steady();
  // Parked before the outcomes are written: a row that holds its click in memory is then still pending in the
  // store, and frees what was parked behind it as its own outcome is written.
  if (!stopping_) {
    for (Lane& lane : lanes_) loader_.park_left(lane);
  }
  const std::size_t group = pace_.group_of(outcomes_.size());
  recorder_.write({outcomes_.data(), group});
  notes_.write();
  store_.publish();
  const SteadyTime published = clock_.steady();
  store_.sync();
  notes_.committed();
  for (Lane& lane : lanes_) lane.to_park.clear();
  recorder_.committed({outcomes_.data(), group});
  for (std::size_t i = 0; i < group; ++i) {
    if (outcomes_[i].receipt) transport_.acknowledge(*outcomes_[i].receipt);
  }
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(group));
  pace_.committed(group, locked, published);
  for (Lane& lane : lanes_) lane.commits_overlap = pace_.overlap();
}

bool Cycle::must_load() {
  const bool some_lane_must = std::any_of(lanes_.begin(), lanes_.end(), [&](Lane& lane) {
    const bool stale = lane.may_send() && !lane.ready.empty() && lane.ready.front().epoch != epoch_;
    return stale || may_load(lane);
  });
  return some_lane_must || notice_commits();
}

bool Cycle::may_load(Lane& lane) {
  // Candidates still to be parked come before any later row of their click.
  return lane.may_send() && lane.to_park.empty() && loader_.wanted(lane) && allowance(lane) > 0;
}

void Cycle::load() {
  store_.begin_read();
  if (store_.foreign_commits() || commits_noticed_) {
    commits_noticed_ = false;
    // What was there before the first look tells nothing of whether others commit now.
    if (std::exchange(store_seen_, true)) pace_.others_committed();
    ++epoch_;
    upkeep_.others_committed();
    // What waits at the transport is looked at again before it is begun, like all that is planned.
    take_back_waiting();
    for (Lane& lane : lanes_) lane.look_again();
    obey_pauses();
    share_out();
  }
  for (Lane& lane : lanes_) {
    if (may_load(lane)) loader_.load(lane, epoch_, outcomes_);
  }
  share_out();  // By now it is known who has nothing.
  tell_limits();
  for (Lane& lane : lanes_) dispatch(lane, true);
  store_.commit();
}

void Cycle::look_after_others() {
  if (const auto due = notes_.due_at(); due && *due <= clock_.steady()) write_tracker_notes();
  const auto known = [&](std::string_view name) {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [&](const Lane& lane) { return !lane.retired && lane.name() == name; });
  };
  if (!upkeep_.work(known)) return;
  for (Lane& lane : lanes_) lane.look_again();
}

void Cycle::store_failed(std::string_view what) {
  store_.rollback();
  ++store_failures_;
  try_to_take_back_waiting();
  const auto doubled = kFirstStorePause * (1 << std::min(store_failures_ - 1, 10));
  const auto pause = std::min<Millis>(doubled, kLongestStorePause);
  store_retry_at_ = clock_.steady() + pause;
  // Whatever was read in the transaction that failed is read again, the commits of others included.
  commits_noticed_ = true;
  observer_.on_store_trouble(what, pause);
}

}  // namespace keitaro_outbox::delivery
