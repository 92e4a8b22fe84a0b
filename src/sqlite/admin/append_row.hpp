#pragma once

#include <cstdint>
#include <optional>

#include "keitaro_outbox/conversion.hpp"
#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// Runs the prepared statement sql::append for one conversion: what append() does, for who appends many.
/// Gives the new row's id, or nullopt when its `event_id` is there already. Throws SqlError; after a broken
/// CHECK the caller's transaction goes on.
std::optional<std::int64_t> append_row(Statement& insert, const Conversion& conversion);

}  // namespace keitaro_outbox::sqlite
