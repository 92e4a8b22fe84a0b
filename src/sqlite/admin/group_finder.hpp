#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>

#include "core/text/time.hpp"
#include "ports/outbox_admin.hpp"
#include "stores/group_search.hpp"

namespace keitaro_outbox::sqlite {

/// Finds up to `most` rows that share a reason, through the indexes of rows that are waiting or did not end
/// well: rows that were delivered are not read. Without `time` it looks to the end. Rows inserted after the
/// call began are left out. Throws SQLite::Exception.
stores::FoundGroup find_group(const SQLite::Database& db, const ports::ReasonGroupFilter& group,
                              std::int64_t most, std::optional<core::Millis> time);

}  // namespace keitaro_outbox::sqlite
