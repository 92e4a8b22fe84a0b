#include "postgresql/postgresql_outbox.hpp"

#include "postgresql/admin/bulk_insert.hpp"
#include "postgresql/admin/pruner.hpp"
#include "postgresql/admin/row_admin.hpp"
#include "postgresql/intake/intake_rejects.hpp"
#include "postgresql/move/outbox_copy.hpp"
#include "postgresql/read/backlog_reader.hpp"
#include "postgresql/read/row_reader.hpp"
#include "postgresql/readback/read_back_store.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

class PostgresqlOutbox final : public ports::Outbox {
 public:
  PostgresqlOutbox(const std::string& address, const ports::WorkerShare* share)
      : address_(address), share_(share) {}

  std::unique_ptr<ports::OutboxReader> reader() override { return std::make_unique<RowReader>(address_); }
  std::unique_ptr<ports::BacklogReader> backlog(ports::BacklogScope scope) override {
    return std::make_unique<BacklogReader>(address_, scope);
  }
  std::unique_ptr<ports::OutboxAdmin> admin() override { return std::make_unique<RowAdmin>(address_); }
  std::unique_ptr<ports::BulkInsert> bulk_insert(ports::BulkInsert::Mode mode) override {
    return std::make_unique<BulkInsert>(address_, mode);
  }
  std::unique_ptr<ports::IntakeRejects> rejects() override {
    return std::make_unique<IntakeRejects>(address_);
  }
  std::unique_ptr<ports::ReadBackStore> read_back(core::Millis busy_limit) override {
    return std::make_unique<ReadBackStore>(address_, busy_limit, share_);
  }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions& options) override {
    return std::make_unique<Pruner>(address_, options);
  }
  std::unique_ptr<ports::OutboxCopy> copy() override { return std::make_unique<OutboxCopy>(address_); }
  ports::MigrationReport install() override {
    Connection connection(address_);
    return migrate(connection);
  }

 private:
  const std::string address_;
  const ports::WorkerShare* const share_;
};

}  // namespace

std::unique_ptr<ports::Outbox> outbox_at(const std::string& address, const ports::WorkerShare* share) {
  return std::make_unique<PostgresqlOutbox>(address, share);
}

}  // namespace keitaro_outbox::postgresql
