#include "app/backend/sqlite_backend.hpp"

#include "app/backend/sqlite_leadership.hpp"
#include "sqlite/admin/pruner.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/durability/commit_watch.hpp"
#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::app {
namespace {

class SqliteBackend final : public ports::Backend {
 public:
  SqliteBackend(const std::string& database, sqlite::VerdictInbox* verdicts)
      : database_(database),
        store_(std::make_unique<sqlite::SqliteStore>(database)),
        leadership_(database, *store_) {
    store_->write_verdicts_from(verdicts);
  }
  /// The lock is released last, when nothing of this worker touches the database any more.
  ~SqliteBackend() override {
    checkpointer_.reset();
    commits_.reset();
    store_.reset();
    leadership_.release();
  }

  ports::OutboxStore& store() override { return *store_; }
  ports::Leadership& leadership() override { return leadership_; }
  ports::RecoveryMemory& memory() override { return leadership_; }

  std::int64_t take_over(bool accept_older_copy) override {
    if (must_reopen()) store_->reopen();  // It may have been replaced while we stood by.
    leadership_.take_over();
    const std::int64_t groups = accept_older_copy ? store_->accept_copy() : 0;
    if (groups > 0) leadership_.forget_acks();
    return groups;
  }
  bool lacks_recorded_outcomes() override { return leadership_.lacks_recorded_outcomes(); }
  bool is_older_copy() const override { return store_->groups_missing() > 0; }

  bool usable() const override { return store_->usable(); }
  bool must_reopen() override { return store_->check_file() == sqlite::SqliteStore::FileCheck::reopen; }
  Reopened reopen() override {
    const bool was_open = store_->was_open();
    const bool same_database = store_->reopen();
    leadership_.remember_database();
    if (!was_open) return Reopened::opened_at_last;
    return same_database ? Reopened::same_database : Reopened::another_database;
  }

  void start_upkeep(const ports::TimingListener& on_timing) override {
    checkpointer_ = std::make_unique<sqlite::Checkpointer>(
        database_, sqlite::CheckpointerOptions{.on_timing = on_timing});
    store_->on_timing(on_timing);
    store_->on_wal_growth([this](int pages) { checkpointer_->log_has(pages); });
    commits_ = std::make_unique<sqlite::CommitWatch>(database_);
  }
  void stop_upkeep() noexcept override {
    store_->on_wal_growth(nullptr);
    checkpointer_.reset();
  }
  bool upkeep_runs() const override { return checkpointer_ != nullptr; }
  void others_commit(bool they_do) noexcept override {
    if (checkpointer_) checkpointer_->others_commit(they_do);
  }
  ports::CommitSignal& commits() override { return *commits_; }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions& options) override {
    return std::make_unique<sqlite::Pruner>(database_, options,
                                            [this](int pages) { checkpointer_->log_has(pages); });
  }

 private:
  const std::string database_;
  std::unique_ptr<sqlite::SqliteStore> store_;
  SqliteLeadership leadership_;
  std::unique_ptr<sqlite::Checkpointer> checkpointer_;
  std::unique_ptr<sqlite::CommitWatch> commits_;
};

}  // namespace

std::unique_ptr<ports::Backend> sqlite_backend(const std::string& database, sqlite::VerdictInbox* verdicts) {
  return std::make_unique<SqliteBackend>(database, verdicts);
}

}  // namespace keitaro_outbox::app
