#include "delivery/loader.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "core/make_room.hpp"
#include "core/rules/plan.hpp"

namespace keitaro_outbox::delivery {

namespace {

/// Of each load, rows that waited for their time get at least this share, so that neither kind starves the
/// other.
constexpr std::size_t kDueShare = 4;

RowOutcome finished(TrackerQueue& queue, const core::Row& row, core::Finish finish, core::WallTime now) {
  RowOutcome outcome;
  outcome.queue = &queue;
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
std::size_t Loader::crowd(const TrackerQueue& queue) {
  if (!queue.breaker.outage()) return queue.ready.size();
  return static_cast<std::size_t>(
      std::count_if(queue.ready.begin(), queue.ready.end(),
                    [](const Planned& planned) { return planned.row.attempts == 0; }));
}

bool Loader::wanted(const TrackerQueue& queue) const {
  if (queue.outcomes_pile_up()) return false;
  if (!queue.fresh_exhausted && crowd(queue) <= queue.ready_capacity() / 2) return true;
  if (queue.ready.size() > queue.ready_capacity() / 2) return false;
  return queue.due_unknown || (queue.next_due && *queue.next_due <= clock_.wall());
}

void Loader::load(TrackerQueue& queue, std::uint64_t commit_generation, std::vector<RowOutcome>& outcomes) {
  const std::size_t capacity = queue.ready_capacity();
  if (const std::size_t crowd = this->crowd(queue); crowd < capacity) {
    const std::size_t room = capacity - crowd;
    const std::size_t due = room > 1 ? std::max<std::size_t>(room / kDueShare, 1) : 0;
    load_fresh(queue, room - due, commit_generation, outcomes);
  }
  if (queue.ready.size() < capacity)
    load_due(queue, capacity - queue.ready.size(), commit_generation, outcomes);
}

void Loader::load_fresh(TrackerQueue& queue, std::size_t room, std::uint64_t commit_generation,
                        std::vector<RowOutcome>& outcomes) {
  if (queue.fresh_exhausted) return;
  ids_.clear();
  // Rows already held stand in the way of a look from the first row on; they must not use up the room.
  const std::size_t limit = room + (queue.fresh_cursor == core::kBeforeAllRows ? queue.held.size() : 0);
  store_.fresh(queue.name(), queue.fresh_cursor, limit, ids_);
  queue.fresh_exhausted = ids_.size() < limit;
  for (const core::OutboxId id : ids_) {
    queue.fresh_cursor = id;
    if (!queue.held.contains(id.value)) consider(queue, id, commit_generation, outcomes);
  }
}

void Loader::load_due(TrackerQueue& queue, std::size_t room, std::uint64_t commit_generation,
                      std::vector<RowOutcome>& outcomes) {
  const core::WallTime now = clock_.wall();
  if (!queue.due_unknown && (!queue.next_due || *queue.next_due > now)) return;
  due_rows_.clear();
  const std::size_t limit = room + queue.held.size();
  store_.due(queue.name(), now, limit, due_rows_);
  bool left_some = due_rows_.size() == limit;
  for (const ports::DueRow& due_row : due_rows_) {
    if (queue.held.contains(due_row.id.value)) continue;
    if (!queue.fresh_exhausted && due_row.id > queue.fresh_cursor) {
      left_some = true;  // An earlier row of its click may stand among the fresh ones not yet looked at.
      continue;
    }
    consider(queue, due_row.id, commit_generation, outcomes);
  }
  queue.due_unknown = left_some;
  queue.next_due = store_.next_due(queue.name(), now);
}

void Loader::block_left(TrackerQueue& queue) {
  for (const core::OutboxId id : queue.to_block) {
    if (queue.held.contains(id.value)) continue;
    const auto loaded_row = store_.load_row(id);
    if (!loaded_row) continue;
    if (const auto earlier = must_wait_for(queue, *loaded_row)) {
      store_.block(id, *earlier);
    } else {
      queue.look_again();
    }
  }
}

bool Loader::still_ready(Planned& planned) {
  const auto loaded_row = store_.load_row(planned.row.id);
  if (!loaded_row || loaded_row->row.due_at > clock_.wall()) return false;
  planned.row.strikes = loaded_row->row.strikes;
  return !loaded_row->other_waiting || *loaded_row->other_waiting > planned.row.id;
}

void Loader::consider(TrackerQueue& queue, core::OutboxId id, std::uint64_t commit_generation,
                      std::vector<RowOutcome>& outcomes) {
  const ports::InProgressScope handling(mark_, id);
  auto loaded_row = store_.load_row(id);
  if (!loaded_row || loaded_row->row.due_at > clock_.wall()) return;
  if (must_wait_for(queue, *loaded_row)) return queue.to_block.push_back(id);
  core::Row& row = loaded_row->row;
  const bool has_waiting = loaded_row->other_waiting.has_value();

  const auto quarantine = quarantine_end(id);
  core::Plan plan =
      quarantine ? core::Plan(*quarantine) : core::plan(row, loaded_row->taken_in, queue.spec.rules);

  // A row that is held and not planned would never be let go: it is held last, or not at all.
  if (auto* finish = std::get_if<core::Finish>(&plan)) {
    core::make_room(outcomes);
    RowOutcome outcome = finished(queue, row, std::move(*finish), clock_.wall());
    queue.hold(row, has_waiting);
    outcomes.push_back(std::move(outcome));
    ++queue.unrecorded;
    // Once only: should somebody have the row sent again, it has another chance.
    if (quarantine) quarantined_.erase(id.value);
    return;
  }
  auto& send = std::get<core::Send>(plan);
  Planned planned;
  planned.url = std::move(send.url);
  planned.sentinel = std::move(send.sentinel);
  planned.postback = std::move(send.postback);
  planned.row = std::move(row);
  planned.commit_generation = commit_generation;
  queue.ready.push_back(std::move(planned));
  try {
    queue.hold(queue.ready.back().row, has_waiting);
  } catch (const std::bad_alloc&) {
    queue.ready.pop_back();
    throw;
  }
}

std::optional<core::Finish> Loader::quarantine_end(core::OutboxId id) const {
  const auto entry = quarantined_.find(id.value);
  if (entry == quarantined_.end()) return std::nullopt;
  core::Finish finish;
  finish.state = core::State::dead;
  finish.reason = entry->second;
  return finish;
}

/// The row that holds the click in memory, which then knows of it, or an earlier one that waits.
std::optional<core::OutboxId> Loader::must_wait_for(TrackerQueue& queue, const ports::LoadedRow& loaded_row) {
  if (const auto click = queue.clicks.find(loaded_row.row.subid); click != queue.clicks.end()) {
    click->second.has_waiting = true;
    return click->second.holder;
  }
  const auto& other = loaded_row.other_waiting;
  return other && *other < loaded_row.row.id ? other : std::nullopt;
}

}  // namespace keitaro_outbox::delivery
