#pragma once

#include <SQLiteCpp/Database.h>

#include <cstddef>
#include <optional>

#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::sqlite {

// Long lists for people, a page at a time: what one call reads is bounded, whatever is asked for. Both throw
// SQLite::Exception.

/// As OutboxReader::page().
ports::RowPage read_page(const SQLite::Database& db, const ports::PageFilter& filter,
                         std::optional<core::OutboxId> below, std::size_t limit, core::Millis time);

/// As OutboxReader::recent_past().
ports::RecentPast read_recent_past(const SQLite::Database& db, std::size_t limit);

}  // namespace keitaro_outbox::sqlite
