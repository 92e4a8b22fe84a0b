#pragma once

#include <span>

#include "ports/migration_report.hpp"
#include "sqlite/embedded_sql.hpp"

struct sqlite3;

namespace keitaro_outbox::sqlite {

using ports::MigrationReport;

/// Brings the schema to the newest version, each migration in a transaction of its own, and turns the file to
/// the write-ahead log. Does nothing, and takes no lock, where all is done already. Leaves alone what is not
/// ours: other tables, `user_version`.
///
/// Throws StoreError with nothing changed (kind `schema`) when the file has a newer schema than `migrations`,
/// one that was applied from another text, or a table of the application's own under one of our names; and
/// for an open transaction (`other`).
MigrationReport migrate(sqlite3* db, std::span<const Migration> migrations = sql::all_migrations);

/// Throws StoreError of kind `schema`, with what to do, unless the schema is exactly the newest one.
void check_schema(sqlite3* db, std::span<const Migration> migrations = sql::all_migrations);

}  // namespace keitaro_outbox::sqlite
