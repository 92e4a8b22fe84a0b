#pragma once

#include <memory>

#include "ports/backlog_reader.hpp"
#include "ports/intake_rejects.hpp"
#include "ports/migration_report.hpp"
#include "ports/outbox_admin.hpp"
#include "ports/outbox_copy.hpp"
#include "ports/outbox_reader.hpp"
#include "ports/read_back_store.hpp"

namespace keitaro_outbox::ports {

/// One outbox, wherever it is kept. Each call opens a connection of its own, and throws StoreError unless the
/// store is there with the schema this program knows.
class Outbox {
 public:
  virtual ~Outbox() = default;

  virtual std::unique_ptr<OutboxReader> reader() = 0;
  virtual std::unique_ptr<BacklogReader> backlog(BacklogScope scope) = 0;
  virtual std::unique_ptr<OutboxAdmin> admin() = 0;
  virtual std::unique_ptr<BulkInsert> bulk_insert(BulkInsert::Mode mode) = 0;
  virtual std::unique_ptr<IntakeRejects> rejects() = 0;
  /// A call of it waits no longer than `busy_limit` for another's lock.
  virtual std::unique_ptr<ReadBackStore> read_back(core::Millis busy_limit) = 0;
  virtual std::unique_ptr<Pruner> pruner(const PruningOptions& options) = 0;

  /// One end of a move to, or from, another store.
  virtual std::unique_ptr<OutboxCopy> copy() = 0;
  /// Throws StoreError where the rows have moved elsewhere, or are being moved: nothing may be written then.
  virtual void require_not_moved() {}

  /// Makes the store where there is none, and brings its schema to the newest version.
  virtual MigrationReport install() = 0;
};

}  // namespace keitaro_outbox::ports
