#include "schedules/owners/leased_store.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace keitaro_outbox::simulation {
namespace {

using ports::StoreError;

constexpr std::size_t kAll = std::numeric_limits<int>::max();

[[noreturn]] void lose_connection() {
  throw StoreError(StoreError::Kind::io, "the connection to the server was lost");
}

/// An outcome that outlives the worker which sent it.
struct SavedOutcome {
  explicit SavedOutcome(const ports::OutcomeRecord& record)
      : tracker(record.click.tracker), subid(record.click.subid), plain(record) {
    if (record.result != nullptr) result = *record.result;
    if (record.failure != nullptr) failure = *record.failure;
    if (record.taken_in != nullptr) taken_in = *record.taken_in;
    if (record.key != nullptr) key = *record.key;
  }

  ports::OutcomeRecord record() const {
    ports::OutcomeRecord record = plain;
    record.click = {tracker, subid};
    record.result = result ? &*result : nullptr;
    record.failure = failure ? &*failure : nullptr;
    record.taken_in = taken_in ? &*taken_in : nullptr;
    record.key = key ? &*key : nullptr;
    return record;
  }

  std::string tracker;
  std::string subid;
  ports::OutcomeRecord plain;
  std::optional<ports::RowResult> result;
  std::optional<ports::FailedAttempt> failure;
  std::optional<core::LedgerEntry> taken_in;
  std::optional<core::LedgerKey> key;
};

}  // namespace

LeasedStore::LeasedStore(ports::OutboxStore& inner, SimDatabase& database, const SimClock& clock,
                         const LeaseTable& table, const SimLease& lease, ServerFate fate,
                         const LeasedStoreOptions& options)
    : inner_(inner),
      database_(database),
      clock_(clock),
      table_(table),
      lease_(lease),
      fate_(std::move(fate)),
      options_(options) {}

// --- transactions

/// A statement by itself, or in the transaction where something is to be written before.
template <typename Work>
auto LeasedStore::read(Work&& work) {
  if (writing_ && (!queued_.empty() || !recording_.empty())) begin();
  fate_.statement();
  if (begun_) return work();
  inner_.begin_read();
  if constexpr (std::is_void_v<decltype(work())>) {
    work();
    inner_.commit();
  } else {
    auto result = work();
    inner_.commit();
    return result;
  }
}

/// A statement that writes, and whose result is wanted.
template <typename Work>
auto LeasedStore::write_now(Work&& work) {
  begin();
  fate_.statement();
  return work();
}

void LeasedStore::begin() {
  if (!begun_) {
    fate_.statement();
    inner_.begin_write();
    begun_ = true;
    require_own_row();
  }
  send_all();
}

void LeasedStore::require_own_row() const {
  if (options_.fenced && !table_.has(lease_.worker()))
    throw StoreError(StoreError::Kind::busy, "another worker has taken over");
}

/// What was queued, in the open transaction.
void LeasedStore::send_all() {
  for (const Write& write : std::exchange(queued_, {})) write(inner_);
  if (const auto records = std::exchange(recording_, {}); !records.empty()) inner_.record(records, {});
}

void LeasedStore::begin_read() {
  fate_.statement();
  writing_ = false;
}

void LeasedStore::begin_write() {
  fate_.statement();
  writing_ = true;
  queued_.clear();
  recording_ = {};
}

void LeasedStore::commit(const std::function<void()>& visible) {
  if (writing_ && (begun_ || !queued_.empty() || !recording_.empty())) {
    CommitFate fate = fate_.commit();
    if (fate == CommitFate::late && begun_) fate = CommitFate::lost_before;
    if (fate == CommitFate::conflict) throw StoreError(StoreError::Kind::busy, "deadlock detected");
    if (fate == CommitFate::lost_before) lose_connection();
    if (fate == CommitFate::late) {
      std::vector<SavedOutcome> outcomes(recording_.begin(), recording_.end());
      fate_.later([queued = queued_, outcomes = std::move(outcomes)](ports::OutboxStore& store) {
        for (const Write& write : queued) write(store);
        std::vector<ports::OutcomeRecord> records;
        for (const SavedOutcome& outcome : outcomes) records.push_back(outcome.record());
        if (!records.empty()) store.record(records, {});
      });
      lose_connection();
    }
    if (!begun_) {
      inner_.begin_write();
      begun_ = true;
      require_own_row();
    }
    send_all();
    inner_.commit();
    begun_ = false;
    if (fate == CommitFate::lost_after) lose_connection();
  }
  writing_ = false;
  if (visible) visible();
}

void LeasedStore::rollback() noexcept {
  writing_ = false;
  queued_.clear();
  recording_ = {};
  begun_ = false;
  inner_.rollback();
}

bool LeasedStore::foreign_commits() {
  if (loading_ == lease_.lanes() && !pace_.due(clock_.steady())) return false;
  loading_ = lease_.lanes();
  pace_.looked(clock_.steady());
  return true;
}

// --- loading

bool LeasedStore::is_ours(std::string_view tracker, std::string_view subid) {
  if (!options_.lanes_only) return true;
  if (!loading_ || options_.lanes_at_once) loading_ = lease_.lanes();
  return std::ranges::binary_search(*loading_, LeaseTable::lane_of(tracker, subid));
}

bool LeasedStore::is_ours(core::OutboxId id) {
  const std::string row = " FROM outbox WHERE id = " + std::to_string(id.value);
  return is_ours(database_.text("SELECT tracker" + row), database_.text("SELECT subid" + row));
}

std::vector<std::string> LeasedStore::trackers_with_pending(std::string_view after, std::size_t limit) {
  return read([&] { return inner_.trackers_with_pending(after, limit); });
}

void LeasedStore::fresh(std::string_view tracker, core::OutboxId after, std::size_t limit, Known known,
                        std::vector<core::OutboxId>& out) {
  std::vector<core::OutboxId> found;
  read([&] { inner_.fresh(tracker, after, kAll, known, found); });
  std::erase_if(found, [&](core::OutboxId id) { return !is_ours(id); });
  found.resize(std::min(found.size(), limit));
  pace_.set_backlog(found.size() >= limit);
  if (!found.empty()) pace_.news(clock_.steady());
  out.insert(out.end(), found.begin(), found.end());
}

void LeasedStore::due(std::string_view tracker, core::WallTime now, std::size_t limit,
                      std::vector<ports::DueRow>& out) {
  std::vector<ports::DueRow> found;
  read([&] { inner_.due(tracker, now, kAll, found); });
  std::erase_if(found, [&](const ports::DueRow& row) { return !is_ours(row.id); });
  found.resize(std::min(found.size(), limit));
  out.insert(out.end(), found.begin(), found.end());
}

std::optional<core::WallTime> LeasedStore::next_due(std::string_view tracker, core::WallTime now) {
  return read([&]() -> std::optional<core::WallTime> {
    for (auto next = inner_.next_due(tracker, now); next; next = inner_.next_due(tracker, *next)) {
      std::vector<ports::DueRow> found;
      inner_.due(tracker, *next, kAll, found);
      for (const ports::DueRow& row : found) {
        if (row.due_at == *next && is_ours(row.id)) return next;
      }
    }
    return std::nullopt;
  });
}

void LeasedStore::load_rows(std::span<const core::OutboxId> ids, const ports::InProgressSlot& in_progress,
                            std::vector<ports::LoadedRow>& out) {
  if (ids.empty()) return;
  std::vector<ports::LoadedRow> found;
  read([&] { inner_.load_rows(ids, in_progress, found); });
  for (ports::LoadedRow& loaded : found) {
    if (is_ours(loaded.row.tracker, loaded.row.subid)) out.push_back(std::move(loaded));
  }
}

void LeasedStore::ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                                 const ports::InProgressSlot& in_progress,
                                 std::vector<std::optional<core::LedgerEntry>>& out) {
  read([&] { inner_.ledger_entries(tracker, lookups, in_progress, out); });
}

bool LeasedStore::has_pending(std::string_view tracker) {
  return read([&] { return inner_.has_pending(tracker); });
}

std::vector<std::string> LeasedStore::paused_trackers() {
  return read([&] { return inner_.paused_trackers(); });
}

std::vector<ports::BreakerState> LeasedStore::open_breakers() {
  return read([&] { return inner_.open_breakers(); });
}

// --- recording

void LeasedStore::block(std::span<const ports::BlockedRow> rows) {
  if (rows.empty()) return;
  queued_.emplace_back([blocked = std::vector<ports::BlockedRow>(rows.begin(), rows.end())](
                           ports::OutboxStore& store) { store.block(blocked); });
}

void LeasedStore::record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot&) {
  if (records.empty()) return;
  pace_.news(clock_.steady());
  if (!recording_.empty()) begin();
  recording_ = records;
}

void LeasedStore::record_breaker(const ports::BreakerState& note) {
  queued_.emplace_back([note](ports::OutboxStore& store) { store.record_breaker(note); });
}

void LeasedStore::forget_breakers() {
  queued_.emplace_back([](ports::OutboxStore& store) { store.forget_breakers(); });
}

bool LeasedStore::sweep_waiting(ports::SweepPosition& position, std::size_t limit) {
  return write_now([&] { return inner_.sweep_waiting(position, limit); });
}

bool LeasedStore::bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) {
  return write_now([&] { return inner_.bring_back(tracker, now, beyond); });
}

std::optional<core::OutboxId> LeasedStore::explain_waiting(std::string_view tracker, core::OutboxId after,
                                                           std::string_view reason, std::size_t limit) {
  return write_now([&] { return inner_.explain_waiting(tracker, after, reason, limit); });
}

}  // namespace keitaro_outbox::simulation
