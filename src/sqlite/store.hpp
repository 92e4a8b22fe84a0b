#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/store.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/trigger_switch.hpp"

namespace keitaro_outbox::sqlite {

/// The outbox in an application's SQLite file. After a call has failed its transaction is rolled back.
class Store final : public ports::Store {
 public:
  /// Opens an existing file whose schema is the newest one, and turns it to the write-ahead log. Throws
  /// StoreError.
  explicit Store(const std::string& path, const ConnectionOptions& options = {});
  ~Store() override;

  /// Told after each commit of ours how many pages the write-ahead log has, those of others included. Called
  /// from within commit(), on the store's thread: must be quick, and must not throw.
  void on_wal_growth(std::function<void(int pages)> listener);

  void begin_read() override;
  void begin_write() override;
  void commit() override;
  void rollback() noexcept override;
  bool foreign_commits() override;

  std::vector<std::string> trackers_with_pending(std::size_t limit) override;
  void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit,
             std::vector<core::OutboxId>& out) override;
  void due(std::string_view tracker, core::WallTime now, std::size_t limit,
           std::vector<ports::Candidate>& out) override;
  std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) override;
  std::optional<core::Row> row(core::OutboxId id) override;
  void waiting_of_click(const ports::ClickKey& click, std::vector<core::OutboxId>& out) override;
  std::optional<core::LedgerEntry> ledger(const ports::ClickKey& click, std::string_view tid) override;
  bool has_pending(std::string_view tracker) override;

  void park(core::OutboxId id, core::OutboxId waits_for) override;
  void release_next(const ports::ClickKey& click) override;
  bool sweep_waiting(ports::SweepPosition& position, std::size_t limit) override;
  bool record(const ports::RowResult& result) override;
  void record_attempt(const ports::FailedAttempt& attempt) override;
  void record_taken_in(const ports::ClickKey& click, std::string_view tid, const core::LedgerEntry& entry,
                       core::WallTime now) override;
  std::optional<core::OutboxId> explain_waiting(std::string_view tracker, core::OutboxId after,
                                                std::string_view reason, std::size_t limit) override;

 private:
  struct Statements;
  struct ExplainProgress;

  template <typename Work>
  auto guarded(Work&& work);
  bool write_result(const ports::RowResult& result);
  bool already_recorded(const ports::RowResult& result);
  void write_overtaken(const ports::RowResult& result);
  std::size_t explain_fresh(std::string_view tracker, core::OutboxId& after, std::string_view reason,
                            std::size_t limit);
  std::size_t explain_due(std::string_view tracker, std::string_view reason, std::size_t limit);
  void explain(core::OutboxId id, std::string_view reason);

  Connection connection_;
  sqlite3* db_;
  TriggerSwitch triggers_;
  std::unique_ptr<Statements> statements_;
  std::unique_ptr<ExplainProgress> explained_;
  std::function<void(int)> wal_listener_;
  std::optional<std::int64_t> data_version_;
};

}  // namespace keitaro_outbox::sqlite
