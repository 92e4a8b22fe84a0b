#include "postgresql/schema/migrator.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace keitaro_outbox::postgresql {
namespace {

using ports::StoreError;

[[noreturn]] void refuse(const std::string& message) {
  throw StoreError(StoreError::Kind::schema, message);
}

void check_against(const Migration& known, std::string_view name, std::string_view checksum,
                   const std::string& database) {
  if (name == known.name && checksum == known.sha256) return;
  refuse("migration " + std::to_string(known.version) + " of " + database + " (" + std::string(name) +
         ") was applied from another text than this program has: use the release that made the tables, or "
         "copy the rows to a database that is new");
}

/// The version that the database is at, 0 for none of ours. Refuses one that migrating would harm.
int current_version(Connection& connection, std::span<const Migration> migrations) {
  const std::string& database = connection.name();
  const Result place = connection.run({sql::schema_place});
  if (!place.boolean(0, 1)) {
    if (place.is_null(0, 0))
      refuse(database + " has no schema for the tables: the search_path names none that exists");
    const Result taken = connection.run({sql::schema_names_taken});
    if (taken.empty()) return 0;
    refuse("schema " + place.text(0, 0) + " of " + database + " has something of its own named " +
           taken.text(0, 0) +
           ", a name that keitaro-outbox needs: put another schema first in the search_path "
           "(…?options=-csearch_path%3DNAME)");
  }
  const Result applied = connection.run({sql::migrations_applied});
  const auto newest = static_cast<std::int64_t>(migrations.size());
  for (int row = 0; row < applied.rows(); ++row) {
    const std::int64_t found = applied.integer(row, 0);
    if (found > newest) {
      refuse(database + " has schema version " + std::to_string(found) +
             ", and this program knows none above " + std::to_string(newest) +
             ": use a newer keitaro-outbox");
    }
    if (found != row + 1) {
      refuse(database + " lacks the record of migration " + std::to_string(row + 1) +
             " in outbox_migrations: restore it from a copy");
    }
    check_against(migrations[static_cast<std::size_t>(row)], applied.view(row, 1), applied.view(row, 2),
                  database);
  }
  if (applied.empty())
    refuse(database + " has an empty table outbox_migrations: drop it, or restore it from a copy");
  return applied.rows();
}

/// The version is looked at again under the lock: another process may be migrating the same database.
int apply_next(Connection& connection, std::span<const Migration> migrations) {
  Transaction transaction(connection);
  connection.run({sql::lock_migrations});
  int version = current_version(connection, migrations);
  if (version < static_cast<int>(migrations.size())) {
    const Migration& next = migrations[static_cast<std::size_t>(version)];
    connection.run(std::string(next.text));
    connection.run({sql::record_migration, Parameters().add(next.version).add(next.name).add(next.sha256)});
    ++version;
  }
  transaction.commit();
  return version;
}

}  // namespace

ports::MigrationReport migrate(Connection& connection, std::span<const Migration> migrations) {
  ports::MigrationReport report;
  report.from = report.to = current_version(connection, migrations);
  while (report.to < static_cast<int>(migrations.size())) report.to = apply_next(connection, migrations);
  return report;
}

void check_schema(Connection& connection, std::span<const Migration> migrations) {
  const int version = current_version(connection, migrations);
  if (version == static_cast<int>(migrations.size())) return;
  if (version == 0) {
    refuse(connection.name() +
           " has no outbox: run `keitaro-outbox init` for it, or load "
           "schema/outbox.postgresql.sql");
  }
  refuse(connection.name() + " has schema version " + std::to_string(version) + " and needs " +
         std::to_string(migrations.size()) + ": run `keitaro-outbox init` for it");
}

}  // namespace keitaro_outbox::postgresql
