#include "app/backend/stores.hpp"

#include <utility>

#include "app/backend/guarded_outbox.hpp"
#include "app/backend/sqlite_backend.hpp"
#include "app/backend/sqlite_outbox.hpp"
#include "core/text/database_name.hpp"
#include "ports/outbox_store.hpp"
#ifdef KEITARO_OUTBOX_POSTGRESQL
#include "postgresql/intake/intake_store.hpp"
#include "postgresql/lease/lease.hpp"
#include "postgresql/postgresql_outbox.hpp"
#include "postgresql/worker/postgresql_backend.hpp"
#endif
#include "sqlite/intake/sqlite_intake_store.hpp"

namespace keitaro_outbox::app {
namespace {

#ifndef KEITARO_OUTBOX_POSTGRESQL
[[noreturn]] void refuse_postgresql() {
  throw ports::StoreError(
      ports::StoreError::Kind::other,
      "this keitaro-outbox was built without PostgreSQL: build it with -DKEITARO_OUTBOX_POSTGRESQL=ON");
}
#endif

}  // namespace

std::unique_ptr<ports::Outbox> outbox_at(const std::string& database, WorkerContext* context) {
  if (!core::is_postgresql_address(database))
    return guarded(sqlite_outbox(database, context ? &context->verdicts : nullptr), database);
#ifdef KEITARO_OUTBOX_POSTGRESQL
  return guarded(postgresql::outbox_at(database, context ? &context->share : nullptr), database);
#else
  refuse_postgresql();
#endif
}

std::unique_ptr<ports::IntakeStore> intake_store_at(const std::string& database) {
  if (!core::is_postgresql_address(database)) return std::make_unique<sqlite::SqliteIntakeStore>(database);
#ifdef KEITARO_OUTBOX_POSTGRESQL
  return std::make_unique<postgresql::IntakeStore>(database);
#else
  refuse_postgresql();
#endif
}

std::optional<core::Millis> longest_request(const std::string& database) {
#ifdef KEITARO_OUTBOX_POSTGRESQL
  if (core::is_postgresql_address(database)) return postgresql::longest_request();
#endif
  static_cast<void>(database);
  return std::nullopt;
}

std::unique_ptr<ports::Backend> backend_at(const std::string& database, WorkerContext* context) {
  if (!core::is_postgresql_address(database))
    return sqlite_backend(database, context ? &context->verdicts : nullptr);
#ifdef KEITARO_OUTBOX_POSTGRESQL
  postgresql::BackendOptions options;
  if (context) {
    options = {.share = &context->share, .listens = context->listens, .on_listening = context->on_listening};
  }
  return std::make_unique<postgresql::PostgresqlBackend>(database, std::move(options));
#else
  refuse_postgresql();
#endif
}

}  // namespace keitaro_outbox::app
