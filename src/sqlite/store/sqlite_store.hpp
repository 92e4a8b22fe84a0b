#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ports/outbox_store.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/timing.hpp"
#include "sqlite/durability/write_coalescing_vfs.hpp"
#include "sqlite/lock/database_identity.hpp"
#include "sqlite/readback/verdict_inbox.hpp"
#include "sqlite/store/cache_warmer.hpp"
#include "sqlite/store/trigger_switch.hpp"

namespace keitaro_outbox::sqlite {

/// The outbox in an application's SQLite file. After a call has failed its transaction is rolled back.
///
/// Each group of outcomes is counted in the transaction that records it. Where the count goes back, or the
/// database's id changes, the file is not what it was, and is not used until that is settled.
class SqliteStore final : public ports::OutboxStore {
 public:
  /// Opens an existing file whose schema is the newest one, and turns it to the write-ahead log. Throws
  /// StoreError. A file that another connection locks for itself alone (`locking_mode = EXCLUSIVE`) is no
  /// error: every begin_*() throws `busy` until check_file() and reopen() have got in.
  explicit SqliteStore(const std::string& path, const ConnectionOptions& options = {});
  ~SqliteStore() override;

  /// Told after each commit of ours how many pages the write-ahead log has, those of others included. Called
  /// from within commit(), on the store's thread: must be quick, and must not throw.
  void on_wal_growth(std::function<void(int pages)> listener);

  /// Told how long each writing transaction waited for its lock, and how long its commit took; on the store's
  /// thread. May be empty.
  void on_timing(TimingListener listener) { timing_listener_ = std::move(listener); }

  // --- the file and its identity
  /// What is known of the database from elsewhere. The identity is read anew. An older copy of the database
  /// cannot be used then, see accept_copy(): every begin_*() throws `restored`.
  void expect(const Identity& known);

  /// The newest that is known of the database.
  const Identity& identity() const;

  /// Whether the next transaction can begin, as far as the file goes.
  bool usable() const;
  bool is_open() const { return connection_ != nullptr; }
  bool was_open() const;  ///< Now or before.

  /// From now on every begin_*() throws until one write has reached the disk, and makes that write itself.
  /// Who cannot record anything must send nothing: each start would send the same rows again. `has_room` is
  /// asked first: false means that the disk is too full to begin.
  void require_write_first(std::function<bool()> has_room);

  /// Groups of outcomes that the open copy lacks; 0 unless it is an older one. Known after expect(), and from
  /// the next transaction on after somebody has put an older copy in its place.
  std::int64_t groups_missing() const;

  /// The operator's wish: goes on with the older copy. Gives the number of groups that it lacks.
  std::int64_t accept_copy();

  /// From now on some of the verdicts in `inbox` are written with each group of outcomes. Null ends it.
  void write_verdicts_from(VerdictInbox* inbox) { verdict_inbox_ = inbox; }

  /// Told after each commit of a group of outcomes.
  void on_recorded(std::function<void(const Identity&)> listener);

  enum class FileCheck : std::uint8_t {
    well,
    trouble,  ///< Every begin_*() throws `moved` until this has changed. Nothing can be done but wait.
    reopen    ///< Another file is there: close what else has the old one open, then call reopen().
  };
  /// Whether the path still leads to the file that is open, and only SQLite has written to it. A stat() in
  /// the usual case: to be called about once a second, between transactions.
  FileCheck check_file();

  /// Opens what is there now. Where that fails every begin_*() throws, saying why; check_file() then asks for
  /// the next try. False when it is no copy of the database as it was, but another one: nothing that is in
  /// memory of the former one may be used.
  bool reopen();

  void begin_read() override;
  void begin_write() override;
  using OutboxStore::commit;
  void commit(const std::function<void()>& visible) override;
  /// Waits until all that anybody has committed is on the disk. Where that fails, the next commit tells.
  void sync_log() noexcept;
  void rollback() noexcept override;
  bool foreign_commits() override;

  std::vector<std::string> trackers_with_pending(std::string_view after, std::size_t limit) override;
  void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit, Known,
             std::vector<core::OutboxId>& out) override;
  void due(std::string_view tracker, core::WallTime now, std::size_t limit,
           std::vector<ports::DueRow>& out) override;
  std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) override;
  void load_rows(std::span<const core::OutboxId> ids, const ports::InProgressSlot& in_progress,
                 std::vector<ports::LoadedRow>& out) override;
  void ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                      const ports::InProgressSlot& in_progress,
                      std::vector<std::optional<core::LedgerEntry>>& out) override;
  bool has_pending(std::string_view tracker) override;
  bool is_pending(core::OutboxId id);
  std::vector<std::string> paused_trackers() override;
  std::vector<ports::BreakerState> open_breakers() override;

  void block(std::span<const ports::BlockedRow> rows) override;
  bool sweep_waiting(ports::SweepPosition& position, std::size_t limit) override;
  void record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) override;
  bool bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) override;
  void record_breaker(const ports::BreakerState& note) override;
  void forget_breakers() override;
  std::optional<core::OutboxId> explain_waiting(std::string_view tracker, core::OutboxId after,
                                                std::string_view reason, std::size_t limit) override;

 private:
  struct Statements;
  struct ExplainProgress;
  struct File;

  template <typename Work>
  auto guarded(Work&& work);
  void publish();
  void sync();
  std::optional<ports::LoadedRow> load_row(core::OutboxId id);
  void unblock_next(const ports::ClickKey& click);
  void record_or_set_aside(ports::OutcomeRecord& record);
  void write_verdicts();
  void write(ports::OutcomeRecord& record);
  bool is_still_pending(core::OutboxId id);
  bool was_replaced(const ports::RowResult& result);
  void write_ledger_of_nobody(const ports::OutcomeRecord& record);
  /// False when a trigger of the application has ignored it.
  bool write_ledger(const ports::OutcomeRecord& record);
  void set_aside(ports::OutcomeRecord& record, const std::string& why);
  template <typename Work>
  void despite_triggers(Work&& work);
  static void note_change(void* store, int, const char*, const char* table, long long row);
  bool record_result(const ports::RowResult& result);
  void record_attempt(const ports::FailedAttempt& attempt);
  bool record_taken_in(const ports::OutcomeRecord& record);
  bool write_result(const ports::RowResult& result);
  bool already_recorded(const ports::RowResult& result);
  void write_overtaken(const ports::RowResult& result);
  std::size_t explain_fresh(std::string_view tracker, core::OutboxId& after, std::string_view reason,
                            std::size_t limit);
  std::size_t explain_due(std::string_view tracker, std::string_view reason, std::size_t limit);
  void explain(core::OutboxId id, std::string_view reason);

  void begin_log_anew();
  void listen_to_wal();
  void begin(const char* statement);
  void open_file(core::Millis busy_limit);
  void write_first();
  void close_file();
  void require_file() const;
  Identity read_identity();
  void judge(const Identity& found);
  void count_group();
  void group_committed();
  bool data_version_changed();
  void warm_cache(std::string_view tracker, const std::vector<core::OutboxId>& ids);

  std::unique_ptr<File> file_;
  std::unique_ptr<Connection> connection_;  ///< None while the file is not there.
  sqlite3* db_ = nullptr;
  std::optional<TriggerSwitch> triggers_;
  std::unique_ptr<Statements> statements_;
  /// Not an SQLite::Transaction: its destructor allocates where SQLite has rolled back by itself, which ends
  /// the process when there is no memory.
  bool in_transaction_ = false;
  std::unique_ptr<ExplainProgress> explained_;
  std::function<void(int)> wal_listener_;
  TimingListener timing_listener_;
  std::unique_ptr<CacheWarmer> cache_warmer_;  ///< Where the ledger is not in memory.
  std::function<bool()> has_room_;             ///< Until the first write of a start has succeeded.
  DiskWaits disk_waits_;
  int log_pages_ = 0;
  bool writing_ = false;

  // Triggers of the application.
  static constexpr std::int64_t kNoRow = std::numeric_limits<std::int64_t>::min();
  std::int64_t recording_ = kNoRow;       ///< The row whose outcome is being written.
  int changes_of_recorded_ = 0;           ///< Made to it, by us and by triggers.
  bool trigger_wrote_ = false;            ///< In this transaction: to `outbox`, beside what we wrote.
  bool trigger_committed_ = false;        ///< The same in what was committed since foreign_commits().
  bool upkeep_without_triggers_ = false;  ///< One has rolled a whole transaction back.
  std::map<std::int64_t, std::string> undone_by_;  ///< By row: why a trigger has rolled back what wrote it.

  VerdictInbox* verdict_inbox_ = nullptr;
  std::optional<std::int64_t> verdicts_changed_;  ///< By those from the inbox that this transaction holds.

  bool sync_failed_ = false;               ///< Of the log: it may have a hole.
  std::optional<DeferredSync> late_sync_;  ///< From publish() to sync().
  std::optional<Stopwatch> commit_watch_;  ///< The same.
  std::optional<std::int64_t> data_version_;
};

}  // namespace keitaro_outbox::sqlite
