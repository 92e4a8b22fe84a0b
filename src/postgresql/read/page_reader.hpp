#pragma once

#include <cstddef>
#include <optional>

#include "ports/outbox_reader.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// As OutboxReader::page(): what one call reads is bounded, whatever is asked for. Throws StoreError.
ports::RowPage read_page(Connection& connection, const ports::PageFilter& filter,
                         std::optional<core::OutboxId> below, std::size_t limit, core::Millis time);

}  // namespace keitaro_outbox::postgresql
