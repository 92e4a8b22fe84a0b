#include "delivery/loader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "core/rules/plan.hpp"
#include "core/rules/unrecorded.hpp"

namespace keitaro_outbox::delivery {
namespace {

/// At least this share of each load goes to rows that waited for their time, so that neither kind starves the
/// other.
constexpr std::size_t kDueShare = 4;

RowOutcome finished(TrackerQueue& queue, const core::Row& row, core::Finish finish, core::WallTime now) {
  RowOutcome outcome;
  outcome.queue = &queue;
  outcome.subid = row.subid;
  outcome.result.id = row.id;
  outcome.result.created_at = row.created_at;
  outcome.result.state = finish.state;
  outcome.result.attempts = row.attempts;
  outcome.result.strikes = row.strikes;
  outcome.result.sent_as = finish.sent_as;
  outcome.result.reason = std::move(finish.reason);
  outcome.result.now = now;
  outcome.set_aside_until = set_aside_until(row, queue.spec().retry, now);
  outcome.age = age_of(row, now);
  outcome.moved_from = finish.moved_from;
  return outcome;
}

core::Finish dead_for(const std::string& reason) {
  core::Finish finish;
  finish.state = core::State::dead;
  finish.reason = reason;
  return finish;
}

/// The row that holds the click in memory, which then knows of it, or an earlier one that waits.
std::optional<core::OutboxId> must_wait_for(TrackerQueue& queue, const ports::LoadedRow& loaded) {
  if (const auto holder = queue.clicks.wait_for_holder(loaded.row.subid)) return holder;
  const auto& other = loaded.other_waiting;
  return other && *other < loaded.row.id ? other : std::nullopt;
}

}  // namespace

bool Loader::wanted(const TrackerQueue& queue) const {
  if (queue.budget.commits_are_behind()) return false;
  const std::size_t half = capacity(queue) / 2;
  if (!queue.cursor.fresh_exhausted() && queue.crowd() <= half) return true;
  return queue.ready().size() <= half && queue.cursor.may_be_due(clock_.wall());
}

void Loader::load(TrackerQueue& queue) {
  const std::size_t most = capacity(queue);
  if (const std::size_t crowd = queue.crowd(); crowd < most) {
    const std::size_t room = most - crowd;
    const std::size_t due = room > 1 ? std::max<std::size_t>(room / kDueShare, 1) : 0;
    load_fresh(queue, room - due);
  }
  if (queue.ready().size() < most) load_due(queue, most - queue.ready().size());
}

void Loader::load_fresh(TrackerQueue& queue, std::size_t room) {
  LoadCursor& cursor = queue.cursor;
  if (cursor.fresh_exhausted()) return;
  ids_.clear();
  // Rows in memory stand in the way of a look from the first row on; they must not use up the room.
  const std::size_t in_the_way = cursor.at_first() ? queue.clicks.rows() : 0;
  const std::size_t limit = room + in_the_way;
  const auto known = in_the_way > 0 ? ports::OutboxStore::Known::some : ports::OutboxStore::Known::none;
  store_.fresh(queue.name(), cursor.fresh_after(), limit, known, ids_);
  cursor.on_fresh(ids_.empty() ? std::nullopt : std::optional(ids_.back()), ids_.size() < limit);
  plan_rows(queue);
}

void Loader::load_due(TrackerQueue& queue, std::size_t room) {
  LoadCursor& cursor = queue.cursor;
  const core::WallTime now = clock_.wall();
  if (!cursor.may_be_due(now)) return;
  due_rows_.clear();
  ids_.clear();
  const std::size_t limit = room + queue.clicks.rows();
  store_.due(queue.name(), now, limit, due_rows_);
  bool left_some = due_rows_.size() == limit;
  for (const ports::DueRow& row : due_rows_) {
    if (cursor.has_passed(row.id)) {
      ids_.push_back(row.id);
    } else if (!queue.clicks.contains(row.id)) {
      left_some = true;  // An earlier row of its click may stand among the fresh ones not yet looked at.
    }
  }
  cursor.on_due(store_.next_due(queue.name(), now), left_some);
  plan_rows(queue);
}

/// Those of `ids_` that are not in memory.
void Loader::plan_rows(TrackerQueue& queue) {
  std::erase_if(ids_, [&](core::OutboxId id) { return queue.clicks.contains(id); });
  rows_.clear();
  store_.load_rows(ids_, in_progress_, rows_);
  requests_.clear();
  for (const ports::LoadedRow& loaded : rows_) {
    const ports::InProgressScope handling(in_progress_, loaded.row.id);
    const auto quarantine = quarantined_.find(loaded.row.id.value);
    requests_.push_back(quarantine == quarantined_.end() ? core::request_for(loaded.row, queue.spec().rules)
                                                         : core::Plan(dead_for(quarantine->second)));
  }
  read_ledger(queue);
  for (std::size_t i = 0; i < rows_.size(); ++i) plan(queue, rows_[i], requests_[i], entries_[i]);
}

/// What the tracker last took in for the keys that the requests carry.
void Loader::read_ledger(const TrackerQueue& queue) {
  lookups_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto* send = std::get_if<core::Send>(&requests_[i]);
    lookups_.push_back({rows_[i].row.id, send != nullptr ? &send->key : nullptr});
  }
  entries_.clear();
  store_.ledger_entries(queue.name(), lookups_, in_progress_, entries_);
}

void Loader::plan(TrackerQueue& queue, ports::LoadedRow& loaded, core::Plan& request,
                  const std::optional<core::LedgerEntry>& taken_in) {
  core::Row& row = loaded.row;
  const ports::InProgressScope handling(in_progress_, row.id);
  const core::WallTime now = clock_.wall();
  if (row.due_at > now) return queue.cursor.on_retry(row.due_at);  // The clock was just set back.
  if (must_wait_for(queue, loaded)) return queue.add_to_block(row.id);
  // A row of another click whose request names this one: the store knows nothing of that.
  if (queue.clicks.wait_for_release(row.subid)) return;
  const bool has_blocked = loaded.other_waiting.has_value();

  std::optional<core::Finish> finish;
  if (auto* send = std::get_if<core::Send>(&request)) {
    if (queue.clicks.wait_for_release(send->key.subid)) return;
    finish = core::unrecorded_end(row, send->postback, taken_in);
    if (!finish)
      finish = core::check_ledger(row.id, send->postback, taken_in, queue.spec().rules.transitions);
  } else {
    finish = std::move(std::get<core::Finish>(request));
  }
  // A row that holds its click and is neither planned nor an outcome would never release it.
  if (finish) {
    outcomes_.make_room();
    RowOutcome outcome = finished(queue, row, *std::move(finish), now);
    queue.clicks.hold(row, row.subid, has_blocked);
    outcomes_.add(std::move(outcome));
    // Only once: if somebody has the row sent again, it has another chance.
    quarantined_.erase(row.id.value);
    return;
  }
  auto& send = std::get<core::Send>(request);
  queue.add_ready({.row = std::move(row),
                   .key = std::move(send.key),
                   .postback = std::move(send.postback),
                   .url = std::move(send.url),
                   .sentinel = std::move(send.sentinel),
                   .commit_generation = commits_.generation()},
                  has_blocked);
}

void Loader::block_left(TrackerQueue& queue) {
  if (queue.to_block().empty()) return;
  ids_.clear();
  std::ranges::remove_copy_if(queue.to_block(), std::back_inserter(ids_),
                              [&](core::OutboxId id) { return queue.clicks.contains(id); });
  rows_.clear();
  blocked_.clear();
  store_.load_rows(ids_, in_progress_, rows_);
  for (const ports::LoadedRow& loaded : rows_) {
    if (const auto earlier = must_wait_for(queue, loaded)) {
      blocked_.push_back({.id = loaded.row.id, .waits_for = *earlier});
    } else {
      queue.cursor.restart();
    }
  }
  store_.block(blocked_);
}

bool Loader::recheck(TrackerQueue& queue, std::size_t first, std::size_t count) {
  count = std::max(count, store_.preferred_span());
  ids_.clear();
  for (std::size_t at = first; at < std::min(first + count, queue.ready().size()); ++at) {
    if (commits_.is_stale(queue.ready()[at])) ids_.push_back(queue.ready()[at].row.id);
  }
  rows_.clear();
  store_.load_rows(ids_, in_progress_, rows_);

  const core::OutboxId asked = queue.ready()[first].row.id;
  const core::WallTime now = clock_.wall();
  auto found = rows_.begin();
  std::size_t at = first;
  for (const core::OutboxId id : ids_) {
    while (queue.ready()[at].row.id != id) ++at;
    const bool is_there = found != rows_.end() && found->row.id == id;
    const bool sendable = is_there && found->row.created_at == queue.ready()[at].row.created_at &&
                          found->row.due_at <= now && !(found->other_waiting && *found->other_waiting < id);
    if (sendable) {
      PlannedRow& planned = queue.ready_at(at);
      // Fewer than before, where it was sent again itself; and a receipt speaks of the row as it is now.
      planned.row.strikes = found->row.strikes;
      planned.row.refusals = found->row.refusals;
      planned.row.due_at = found->row.due_at;
      planned.commit_generation = commits_.generation();
    } else {
      withdraw(queue, at);
    }
    if (is_there) ++found;
  }
  return first < queue.ready().size() && queue.ready()[first].row.id == asked;
}

void Loader::withdraw(TrackerQueue& queue, std::size_t at) {
  outcomes_.make_room();
  PlannedRow planned = queue.take_ready(at);
  RowOutcome outcome;
  outcome.queue = &queue;
  outcome.subid = std::move(planned.row.subid);
  outcome.result.id = planned.row.id;
  outcome.withdrawn = true;
  outcomes_.add(std::move(outcome));
}

}  // namespace keitaro_outbox::delivery
