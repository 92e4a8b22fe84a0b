#pragma once

#include <cstdint>
#include <optional>

#include "keitaro_outbox/conversion.hpp"
#include "keitaro_outbox/error.hpp"

/// libpq's PGconn.
struct pg_conn;

namespace keitaro_outbox {

// In a library that was built without PostgreSQL these are not there.

/// Creates or migrates the schema of the database that `address` names (`postgresql://USER@HOST/NAME`, or
/// anything that libpq takes), over a connection of its own. Twice is harmless. Throws Error.
void install_postgresql_schema(const char* address);

/// Appends a conversion through the caller's connection, in the caller's transaction if there is one: it
/// counts when that commits. Gives the new row's id, or nullopt when `event_id` is there already. Waits for
/// the server's answer, also on a connection that is set to be non-blocking.
///
/// The connection's encoding must be UTF8, and it must be neither in pipeline mode nor in the middle of a
/// query.
///
/// Throws RuleError before anything is sent: the caller's transaction goes on. Throws Error where the server
/// refuses the row (no schema, no right, a trigger of the application): as after each statement that fails,
/// the transaction can only be rolled back then, to a savepoint or as a whole.
std::optional<std::int64_t> append(pg_conn* connection, const Conversion& conversion);

}  // namespace keitaro_outbox
