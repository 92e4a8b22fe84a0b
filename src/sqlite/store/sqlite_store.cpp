#include "sqlite/store/sqlite_store.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "sqlite/base/errors.hpp"
#include "sqlite/durability/write_coalescing_vfs.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/store/sqlite_store_parts.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using core::OutboxId;

std::optional<core::Amount> amount(const std::optional<std::string>& text) {
  return text ? core::Amount::parse(*text) : std::nullopt;
}

core::Row read_row(const Run& run) {
  core::Row row;
  row.id = {run.integer(0)};
  row.tracker = run.text(1);
  row.campaign = run.text(2);
  row.subid = run.text(3);
  row.status = run.text(4);
  row.tid = run.text(5);
  row.payout = run.optional_text(6);
  row.cost = run.optional_text(7);
  row.currency = run.optional_text(8);
  row.params = run.optional_text(9);
  row.due_at = core::wall_time(run.integer(10));
  row.created_at = core::wall_time(run.integer(11));
  row.attempts = static_cast<int>(run.integer(12));
  row.strikes = static_cast<int>(run.integer(13));
  row.refusals = static_cast<int>(run.integer(14));
  row.unrecorded = static_cast<int>(run.integer(15));
  return row;
}

/// 48 MiB of log, with pages as they usually are: some time before the checkpointer has it begun anew.
constexpr int kLogPagesBesideReaders = 12'288;

/// The column of load_row.sql behind those of the row.
constexpr int kOtherWaiting = 16;

std::optional<core::LedgerEntry> read_ledger_entry(const Run& run) {
  const auto status = core::status_named(run.view(0));
  if (!status) return std::nullopt;  // A CHECK rules out any other text.
  core::LedgerEntry entry;
  entry.postback.status = *status;
  entry.postback.sent_status = run.text(1);
  entry.postback.payout = amount(run.optional_text(2));
  entry.postback.cost = amount(run.optional_text(3));
  entry.postback.currency = run.text(4);
  entry.postback.params = run.text(5);
  if (const auto row = run.optional_integer(6)) entry.rebilled_by = {*row};
  entry.outbox_id = {run.integer(7)};
  return entry;
}

ConnectionOptions gathering(ConnectionOptions options) {
  options.coalesces_writes = true;
  return options;
}

}  // namespace

SqliteStore::SqliteStore(const std::string& path, const ConnectionOptions& options)
    : file_(std::make_unique<File>()), explained_(std::make_unique<ExplainProgress>()) {
  file_->path = path;
  file_->options = gathering(options);
  try {
    open_file(options.busy_limit);
  } catch (const ports::StoreError& error) {
    if (error.kind() != ports::StoreError::Kind::busy) throw;
    close_file();
    file_->trouble = error;
  }
}

SqliteStore::~SqliteStore() {
  rollback();
}

void SqliteStore::on_wal_growth(std::function<void(int pages)> listener) {
  wal_listener_ = std::move(listener);
  listen_to_wal();
}

void SqliteStore::listen_to_wal() {
  if (db_ == nullptr) return;
  const auto hook = [](void* listening, sqlite3*, const char*, int pages) {
    auto& store = *static_cast<SqliteStore*>(listening);
    store.log_pages_ = pages;
    if (store.wal_listener_) store.wal_listener_(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_, hook, this);
}

// --- transactions

void SqliteStore::begin(const char* statement) {
  guarded([&] { connection_->database().exec(statement); });
  in_transaction_ = true;
}

void SqliteStore::begin_read() {
  require_file();
  if (has_room_) write_first();
  writing_ = false;
  begin("BEGIN");
}

void SqliteStore::begin_write() {
  require_file();
  if (has_room_) write_first();
  writing_ = true;
  if (sync_failed_) guarded([&] { begin_log_anew(); });
  {
    const Stopwatch stopwatch(timing_listener_, Timed::lock_wait);
    begin("BEGIN IMMEDIATE");
  }
  guarded([&] { triggers_->look(); });
  recording_ = kNoRow;
  trigger_wrote_ = false;
  sqlite3_update_hook(db_, triggers_->on() ? note_change : nullptr, this);
}

/// A trigger within our own statements may insert a row, or change another one. `data_version` tells nothing
/// of that.
void SqliteStore::note_change(void* store, int, const char*, const char* table, sqlite3_int64 row) {
  auto& self = *static_cast<SqliteStore*>(store);
  if (std::string_view(table) != "outbox" || self.recording_ == kNoRow) return;
  if (row != self.recording_ || ++self.changes_of_recorded_ > 1) self.trigger_wrote_ = true;
}

void SqliteStore::require_write_first(std::function<bool()> has_room) {
  has_room_ = std::move(has_room);
}

/// Not counted as a group: a copy of the file from before it lacks nothing.
void SqliteStore::write_first() {
  if (!has_room_()) {
    throw ports::StoreError(
        ports::StoreError::Kind::full,
        "the disk of " + file_->path +
            " is full: nothing is sent while outcomes cannot be recorded; free some space");
  }
  auto has_room = std::exchange(has_room_, nullptr);
  try {
    begin_write();
    guarded([&] {
      SQLite::Statement statement = prepare(connection_->database(), sql::first_write);
      for (const int change : {1, -1}) Run(statement).bind(":change", change).execute();
    });
    commit({});
  } catch (...) {
    rollback();
    has_room_ = std::move(has_room);
    throw;
  }
}

void SqliteStore::commit(const std::function<void()>& visible) {
  publish();
  if (visible) guarded(visible);
  sync();
}

/// Others see what was written, and can write; it is not on the disk yet.
void SqliteStore::publish() {
  if (writing_) commit_watch_.emplace(timing_listener_, Timed::commit);
  // SQLite leaves the transaction open when COMMIT meets a lock.
  guarded([&] {
    if (file_->group_open) count_group();
    if (writing_) late_sync_.emplace(db_);
    connection_->database().exec("COMMIT");
    in_transaction_ = false;
    if (writing_) {
      undone_by_.clear();
      trigger_committed_ = trigger_committed_ || trigger_wrote_;
    }
    if (const auto changed = std::exchange(verdicts_changed_, std::nullopt))
      verdict_inbox_->written(*changed);
  });
}

void SqliteStore::sync_log() noexcept {
  if (db_ != nullptr) sync_failed_ = !sqlite::sync_log(db_);
}

/// The disk could not take a part of the log, and will not be asked for it again: whatever comes after that
/// part would be lost with it when the power goes. So all is moved into the database from memory.
void SqliteStore::begin_log_anew() {
  const int code = sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  if (code != SQLITE_OK) throw sql_error(db_, code);
  sync_failed_ = false;
}

void SqliteStore::sync() {
  sync_failed_ = late_sync_.has_value();
  guarded([&] {
    if (late_sync_) late_sync_->sync();
  });
  sync_failed_ = false;
  late_sync_.reset();
  commit_watch_.reset();
  if (file_->group_open) group_committed();
}

void SqliteStore::rollback() noexcept {
  late_sync_.reset();
  commit_watch_.reset();
  explained_->due.clear();
  file_->group_open = false;
  if (std::exchange(verdicts_changed_, std::nullopt)) verdict_inbox_->give_back();
  // SQLite may have rolled back by itself already: a full disk, a failed write.
  if (std::exchange(in_transaction_, false) && sqlite3_get_autocommit(db_) == 0)
    connection_->database().tryExec("ROLLBACK");
}

bool SqliteStore::data_version_changed() {
  Run run(statements_->data_version);
  run.step();
  return std::exchange(data_version_, run.integer(0)) != data_version_;
}

bool SqliteStore::foreign_commits() {
  require_file();
  return guarded([&] {
    const bool by_trigger = std::exchange(trigger_committed_, false);
    const bool news = data_version_changed() || by_trigger;
    if (news) file_->identity_unread = true;
    // Among what was committed may be a whole copy of the database (`.restore`). Looked at in the snapshot
    // that is loaded from.
    if (in_transaction_ && std::exchange(file_->identity_unread, false)) judge(read_identity());
    return news;
  });
}

// --- loading

std::vector<std::string> SqliteStore::trackers_with_pending(std::string_view after, std::size_t limit) {
  return guarded([&] { return seek_names(statements_->next_tracker, limit, after); });
}

void SqliteStore::fresh(std::string_view tracker, OutboxId after, std::size_t limit, Known,
                        std::vector<OutboxId>& out) {
  guarded([&] {
    Run run(statements_->fresh);
    run.bind(":tracker", tracker).bind(":after", after.value).bind(":limit", as_limit(limit));
    while (run.step()) out.push_back({run.integer(0)});
  });
  warm_cache(tracker, out);
}

/// Rows behind these are next.
void SqliteStore::warm_cache(std::string_view tracker, const std::vector<OutboxId>& ids) {
  const bool cold = disk_waits_.next(ids.size());
  if (ids.empty() || (!cold && !(cache_warmer_ && cache_warmer_->found_cold()))) return;
  // Readers that never pause keep the log from being begun anew.
  if (log_pages_ > kLogPagesBesideReaders) return;
  try {
    if (!cache_warmer_) cache_warmer_ = std::make_unique<CacheWarmer>(file_->path);
    cache_warmer_->expect(tracker, ids.back());
  } catch (const std::exception&) {
    // For lack of threads or memory: the disk is waited for.
  }
}

void SqliteStore::due(std::string_view tracker, core::WallTime now, std::size_t limit,
                      std::vector<ports::DueRow>& out) {
  guarded([&] {
    Run run(statements_->due);
    run.bind(":tracker", tracker).bind(":now", core::unix_millis(now)).bind(":limit", as_limit(limit));
    while (run.step()) out.push_back({{run.integer(0)}, core::wall_time(run.integer(1))});
  });
}

std::optional<core::WallTime> SqliteStore::next_due(std::string_view tracker, core::WallTime now) {
  return guarded([&]() -> std::optional<core::WallTime> {
    Run run(statements_->next_due);
    run.bind(":tracker", tracker).bind(":now", std::max<std::int64_t>(core::unix_millis(now), 0));
    if (!run.step()) return std::nullopt;
    return core::wall_time(run.integer(0));
  });
}

void SqliteStore::load_rows(std::span<const OutboxId> ids, const ports::InProgressSlot& in_progress,
                            std::vector<ports::LoadedRow>& out) {
  guarded([&] {
    for (const OutboxId id : ids) {
      const ports::InProgressScope scope(in_progress, id);
      if (auto row = load_row(id)) out.push_back(std::move(*row));
    }
  });
}

std::optional<ports::LoadedRow> SqliteStore::load_row(OutboxId id) {
  Run run(statements_->load_row);
  run.bind(":id", id.value);
  if (!run.step()) return std::nullopt;
  ports::LoadedRow loaded_row{.row = read_row(run), .other_waiting = {}};
  if (const auto other = run.optional_integer(kOtherWaiting)) loaded_row.other_waiting = {*other};
  return loaded_row;
}

void SqliteStore::ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                                 const ports::InProgressSlot& in_progress,
                                 std::vector<std::optional<core::LedgerEntry>>& out) {
  guarded([&] {
    for (const auto& [row, key] : lookups) {
      if (key == nullptr) {
        out.emplace_back();
        continue;
      }
      const ports::InProgressScope scope(in_progress, row);
      Run run(statements_->ledger_entry);
      run.bind(":tracker", tracker).bind(":subid", key->subid).bind(":tid", key->tid);
      out.push_back(run.step() ? read_ledger_entry(run) : std::nullopt);
    }
  });
}

bool SqliteStore::is_pending(core::OutboxId id) {
  return guarded([&] { return is_still_pending(id); });
}

bool SqliteStore::is_still_pending(core::OutboxId id) {
  Run run(statements_->is_pending);
  run.bind(":id", id.value);
  return run.step();
}

bool SqliteStore::has_pending(std::string_view tracker) {
  return guarded([&] {
    Run run(statements_->has_pending);
    run.bind(":tracker", tracker);
    return run.step() && run.integer(0) != 0;
  });
}

std::vector<std::string> SqliteStore::paused_trackers() {
  return guarded([&] {
    std::vector<std::string> trackers;
    Run run(statements_->paused_trackers);
    while (run.step()) trackers.push_back(run.text(0));
    // Here and not in SQL: a database in UTF-16 sorts by other bytes.
    std::sort(trackers.begin(), trackers.end());
    return trackers;
  });
}

std::vector<ports::BreakerState> SqliteStore::open_breakers() {
  return guarded([&] {
    std::vector<ports::BreakerState> open;
    Run run(statements_->open_breakers);
    while (run.step()) {
      ports::BreakerState& state = open.emplace_back();
      state.tracker = run.text(0);
      state.phase = core::CircuitBreaker::Phase::open;
      if (const auto since = run.optional_integer(1)) state.since = core::wall_time(*since);
      state.reason = run.text(2);
    }
    return open;
  });
}

}  // namespace keitaro_outbox::sqlite
