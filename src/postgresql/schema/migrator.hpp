#pragma once

#include <span>

#include "ports/migration_report.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {

/// Brings the schema to the newest version, each migration in a transaction of its own. The tables are made
/// in the first schema of the search_path, unless they are in sight already. Does nothing where all is done.
///
/// Throws StoreError with nothing changed (kind `schema`) when the database has a newer schema than
/// `migrations`, one that was applied from another text, or a table of the application's own under one of our
/// names.
ports::MigrationReport migrate(Connection& connection,
                               std::span<const Migration> migrations = sql::all_migrations);

/// Throws StoreError of kind `schema`, with what to do, unless the schema is exactly the newest one.
void check_schema(Connection& connection, std::span<const Migration> migrations = sql::all_migrations);

}  // namespace keitaro_outbox::postgresql
