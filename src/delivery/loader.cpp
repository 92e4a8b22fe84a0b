#include "delivery/loader.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "core/make_room.hpp"
#include "core/plan.hpp"

namespace keitaro_outbox::delivery {

namespace {

/// Of each load, rows that waited for their time get at least this share, so that neither kind starves the
/// other.
constexpr std::size_t kDueShare = 4;

Outcome finished(Lane& lane, const core::Row& row, core::Finish finish, core::WallTime now) {
  Outcome outcome;
  outcome.lane = &lane;
  outcome.subid = row.subid;
  outcome.tid = row.tid;
  outcome.result.id = row.id;
  outcome.result.state = finish.state;
  outcome.result.attempts = row.attempts;
  outcome.result.strikes = row.strikes;
  outcome.result.sent_as = finish.sent_as;
  outcome.result.reason = std::move(finish.reason);
  outcome.result.now = now;
  outcome.age = age_of(row, now);
  outcome.moved_from = finish.moved_from;
  return outcome;
}

}  // namespace

/// Rows in memory that leave no room for others. While an outage is in question, those that were tried before
/// do leave some: they may be failing by themselves, and others must get a chance to show it.
std::size_t Loader::crowd(const Lane& lane) {
  if (!lane.breaker.outage()) return lane.ready.size();
  return static_cast<std::size_t>(
      std::count_if(lane.ready.begin(), lane.ready.end(),
                    [](const Planned& planned) { return planned.row.attempts == 0; }));
}

bool Loader::wanted(const Lane& lane) const {
  if (lane.outcomes_pile_up()) return false;
  if (!lane.fresh_exhausted && crowd(lane) <= lane.ready_capacity() / 2) return true;
  if (lane.ready.size() > lane.ready_capacity() / 2) return false;
  return lane.due_unknown || (lane.next_due && *lane.next_due <= clock_.wall());
}

void Loader::load(Lane& lane, std::uint64_t epoch, std::vector<Outcome>& outcomes) {
  const std::size_t capacity = lane.ready_capacity();
  if (const std::size_t crowd = this->crowd(lane); crowd < capacity) {
    const std::size_t room = capacity - crowd;
    const std::size_t due = room > 1 ? std::max<std::size_t>(room / kDueShare, 1) : 0;
    load_fresh(lane, room - due, epoch, outcomes);
  }
  if (lane.ready.size() < capacity) load_due(lane, capacity - lane.ready.size(), epoch, outcomes);
}

void Loader::load_fresh(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes) {
  if (lane.fresh_exhausted) return;
  ids_.clear();
  // Rows already held stand in the way of a look from the first row on; they must not use up the room.
  const std::size_t limit = room + (lane.fresh_cursor == core::kBeforeAllRows ? lane.held.size() : 0);
  store_.fresh(lane.name(), lane.fresh_cursor, limit, ids_);
  lane.fresh_exhausted = ids_.size() < limit;
  for (const core::OutboxId id : ids_) {
    lane.fresh_cursor = id;
    if (!lane.held.contains(id.value)) consider(lane, id, epoch, outcomes);
  }
}

void Loader::load_due(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes) {
  const core::WallTime now = clock_.wall();
  if (!lane.due_unknown && (!lane.next_due || *lane.next_due > now)) return;
  candidates_.clear();
  const std::size_t limit = room + lane.held.size();
  store_.due(lane.name(), now, limit, candidates_);
  bool left_some = candidates_.size() == limit;
  for (const ports::Candidate& candidate : candidates_) {
    if (lane.held.contains(candidate.id.value)) continue;
    if (!lane.fresh_exhausted && candidate.id > lane.fresh_cursor) {
      left_some = true;  // An earlier row of its click may stand among the fresh ones not yet looked at.
      continue;
    }
    consider(lane, candidate.id, epoch, outcomes);
  }
  lane.due_unknown = left_some;
  lane.next_due = store_.next_due(lane.name(), now);
}

void Loader::park_left(Lane& lane) {
  for (const core::OutboxId id : lane.to_park) {
    if (lane.held.contains(id.value)) continue;
    const auto contender = store_.contender(id);
    if (!contender) continue;
    if (const auto earlier = must_wait_for(lane, *contender)) {
      store_.park(id, *earlier);
    } else {
      lane.look_again();
    }
  }
}

bool Loader::still_ready(Planned& planned) {
  const auto contender = store_.contender(planned.row.id);
  if (!contender || contender->row.due_at > clock_.wall()) return false;
  planned.row.strikes = contender->row.strikes;
  return !contender->other_waiting || *contender->other_waiting > planned.row.id;
}

void Loader::consider(Lane& lane, core::OutboxId id, std::uint64_t epoch, std::vector<Outcome>& outcomes) {
  const ports::Handling handling(mark_, id);
  auto contender = store_.contender(id);
  if (!contender || contender->row.due_at > clock_.wall()) return;
  if (must_wait_for(lane, *contender)) return lane.to_park.push_back(id);
  core::Row& row = contender->row;
  const bool has_waiting = contender->other_waiting.has_value();

  const auto set_aside = set_aside_end(id);
  core::Plan plan =
      set_aside ? core::Plan(*set_aside) : core::plan(row, contender->taken_in, lane.spec.rules);

  // A row that is held and not planned would never be let go: it is held last, or not at all.
  if (auto* finish = std::get_if<core::Finish>(&plan)) {
    core::make_room(outcomes);
    Outcome outcome = finished(lane, row, std::move(*finish), clock_.wall());
    lane.hold(row, has_waiting);
    outcomes.push_back(std::move(outcome));
    ++lane.unrecorded;
    // Once only: should somebody have the row sent again, it has another chance.
    if (set_aside) set_aside_.erase(id.value);
    return;
  }
  auto& send = std::get<core::Send>(plan);
  Planned planned;
  planned.url = std::move(send.url);
  planned.sentinel = std::move(send.sentinel);
  planned.postback = std::move(send.postback);
  planned.row = std::move(row);
  planned.epoch = epoch;
  lane.ready.push_back(std::move(planned));
  try {
    lane.hold(lane.ready.back().row, has_waiting);
  } catch (const std::bad_alloc&) {
    lane.ready.pop_back();
    throw;
  }
}

std::optional<core::Finish> Loader::set_aside_end(core::OutboxId id) const {
  const auto entry = set_aside_.find(id.value);
  if (entry == set_aside_.end()) return std::nullopt;
  core::Finish finish;
  finish.state = core::State::dead;
  finish.reason = entry->second;
  return finish;
}

/// The row that holds the click in memory, which then knows of it, or an earlier one that waits.
std::optional<core::OutboxId> Loader::must_wait_for(Lane& lane, const ports::Contender& contender) {
  if (const auto click = lane.clicks.find(contender.row.subid); click != lane.clicks.end()) {
    click->second.has_waiting = true;
    return click->second.holder;
  }
  const auto& other = contender.other_waiting;
  return other && *other < contender.row.id ? other : std::nullopt;
}

}  // namespace keitaro_outbox::delivery
