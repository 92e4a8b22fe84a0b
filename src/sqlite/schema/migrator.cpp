#include "sqlite/schema/migrator.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ports/outbox_store.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/schema/handle_statement.hpp"
#include "sqlite/schema/journal_mode.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::StoreError;

[[noreturn]] void refuse(const std::string& message) {
  throw StoreError(StoreError::Kind::schema, message);
}

std::vector<std::string> names_taken(sqlite3* db) {
  HandleStatement objects(db, sql::schema_objects);
  std::vector<std::string> names;
  while (objects.step()) names.push_back(objects.text(0));
  return names;
}

void check_against(const Migration& known, const std::string& name, const std::string& checksum,
                   const std::string& file) {
  if (name == known.name && checksum == known.sha256) return;
  refuse("migration " + std::to_string(known.version) + " of " + file + " (" + name +
         ") was applied from another text than this program has: use the release that made the file, or copy "
         "its rows to one that is new");
}

/// The version that the file is at, 0 for none of ours. Refuses a file that migrating would harm.
int current_version(sqlite3* db, std::span<const Migration> migrations) {
  const std::string file = file_of(db);
  const std::vector<std::string> names = names_taken(db);
  if (std::find(names.begin(), names.end(), "outbox_migrations") == names.end()) {
    if (names.empty()) return 0;
    refuse(file + " has something of its own named " + names.front() +
           ", a name that keitaro-outbox needs: rename it, or use another file");
  }
  HandleStatement applied(db, sql::migrations_applied);
  const auto newest = static_cast<int>(migrations.size());
  int version = 0;
  while (applied.step()) {
    const std::int64_t found = applied.integer(0);
    if (found > newest) {
      refuse(file + " has schema version " + std::to_string(found) + ", and this program knows none above " +
             std::to_string(newest) + ": use a newer keitaro-outbox");
    }
    if (found != version + 1) {
      refuse(file + " lacks the record of migration " + std::to_string(version + 1) +
             " in outbox_migrations: restore the file from a copy");
    }
    check_against(migrations[static_cast<std::size_t>(version)], applied.text(1), applied.text(2), file);
    ++version;
  }
  if (version == 0)
    refuse(file + " has an empty table outbox_migrations: drop it, or restore the file from a copy");
  return version;
}

void record(sqlite3* db, const Migration& migration) {
  HandleStatement insert(db, sql::record_migration);
  insert.bind(":version", std::int64_t{migration.version})
      .bind(":name", migration.name)
      .bind(":checksum", migration.sha256)
      .step();
}

/// The version is looked at again under the lock: another process may be migrating the same file.
int apply_next(sqlite3* db, std::span<const Migration> migrations) {
  execute_on(db, "BEGIN IMMEDIATE");
  try {
    int version = current_version(db, migrations);
    if (version < static_cast<int>(migrations.size())) {
      const Migration& next = migrations[static_cast<std::size_t>(version)];
      execute_on(db, std::string(next.text).c_str());
      record(db, next);
      ++version;
    }
    execute_on(db, "COMMIT");
    return version;
  } catch (...) {
    if (sqlite3_get_autocommit(db) == 0) sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace

MigrationReport migrate(sqlite3* db, std::span<const Migration> migrations) {
  if (sqlite3_get_autocommit(db) == 0) {
    throw StoreError(StoreError::Kind::other,
                     "the schema cannot be installed inside an open transaction: commit it first");
  }
  MigrationReport report;
  report.from = report.to = current_version(db, migrations);
  use_wal(db);
  while (report.to < static_cast<int>(migrations.size())) report.to = apply_next(db, migrations);
  return report;
}

void check_schema(sqlite3* db, std::span<const Migration> migrations) {
  const int version = current_version(db, migrations);
  if (version == static_cast<int>(migrations.size())) return;
  const std::string file = file_of(db);
  if (version == 0) refuse(missing_schema(file));
  refuse(file + " has schema version " + std::to_string(version) + " and needs " +
         std::to_string(migrations.size()) + ": run `keitaro-outbox init --db " + file + "`");
}

}  // namespace keitaro_outbox::sqlite
