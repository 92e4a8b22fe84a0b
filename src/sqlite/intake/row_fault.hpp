#pragma once

#include <optional>
#include <string>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {

/// Why what came in cannot be a row, for an error that is the row's own: a rule of the table, or the
/// application's trigger, which may also fail at it. Nullopt for trouble of the database.
std::optional<std::string> fault_of_row(const SqlError& error);

/// Whether the statement alone fails, and others will do: for a table that need not be there, or need not
/// take rows.
bool concerns_statement_only(const SqlError& error);

}  // namespace keitaro_outbox::sqlite
