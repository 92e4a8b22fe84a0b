#include "app/backend/sqlite_outbox.hpp"

#include "sqlite/admin/bulk_insert.hpp"
#include "sqlite/admin/pruner.hpp"
#include "sqlite/admin/row_admin.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/intake/sqlite_intake_rejects.hpp"
#include "sqlite/move/outbox_copy.hpp"
#include "sqlite/read/backlog_reader.hpp"
#include "sqlite/read/row_reader.hpp"
#include "sqlite/readback/sqlite_read_back_store.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::app {
namespace {

class SqliteOutbox final : public ports::Outbox {
 public:
  SqliteOutbox(const std::string& path, sqlite::VerdictInbox* verdicts) : path_(path), verdicts_(verdicts) {}

  std::unique_ptr<ports::OutboxReader> reader() override {
    return std::make_unique<sqlite::RowReader>(path_);
  }
  std::unique_ptr<ports::BacklogReader> backlog(ports::BacklogScope scope) override {
    return std::make_unique<sqlite::BacklogReader>(path_, scope);
  }
  std::unique_ptr<ports::OutboxAdmin> admin() override { return std::make_unique<sqlite::RowAdmin>(path_); }
  std::unique_ptr<ports::BulkInsert> bulk_insert(ports::BulkInsert::Mode mode) override {
    return std::make_unique<sqlite::BulkInsert>(path_, mode);
  }
  std::unique_ptr<ports::IntakeRejects> rejects() override {
    return std::make_unique<sqlite::SqliteIntakeRejects>(path_);
  }
  std::unique_ptr<ports::ReadBackStore> read_back(core::Millis busy_limit) override {
    return std::make_unique<sqlite::SqliteReadBackStore>(path_, busy_limit, verdicts_);
  }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions& options) override {
    return std::make_unique<sqlite::Pruner>(path_, options);
  }
  std::unique_ptr<ports::OutboxCopy> copy() override { return std::make_unique<sqlite::OutboxCopy>(path_); }
  ports::MigrationReport install() override {
    sqlite::Connection connection(path_, {.create = true});
    return sqlite::migrate(connection.handle());
  }

 private:
  const std::string path_;
  sqlite::VerdictInbox* const verdicts_;
};

}  // namespace

std::unique_ptr<ports::Outbox> sqlite_outbox(const std::string& path, sqlite::VerdictInbox* verdicts) {
  return std::make_unique<SqliteOutbox>(path, verdicts);
}

}  // namespace keitaro_outbox::app
