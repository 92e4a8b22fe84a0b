#pragma once

#include <cstdint>
#include <optional>

#include "keitaro_outbox/conversion.hpp"
#include "keitaro_outbox/error.hpp"

struct sqlite3;

namespace keitaro_outbox {

/// Creates or migrates the schema through the caller's connection, in transactions of its own: the connection
/// must not be in one. Sets `journal_mode=WAL`. Twice is harmless. Throws Error, as for a schema newer than
/// this library knows.
void install_schema(sqlite3* db);

/// Appends a conversion through the caller's connection, in the caller's transaction if there is one: it
/// counts when that commits. Gives the new row's id, or nullopt when `event_id` is there already. Throws
/// RuleError or Error (a busy database, no schema).
std::optional<std::int64_t> append(sqlite3* db, const Conversion& conversion);

}  // namespace keitaro_outbox
