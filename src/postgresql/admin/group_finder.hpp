#pragma once

#include <cstdint>
#include <optional>

#include "ports/outbox_admin.hpp"
#include "postgresql/base/connection.hpp"
#include "stores/group_search.hpp"

namespace keitaro_outbox::postgresql {

/// Looks for at most `most` rows, and for at most `time` or little longer. Rows inserted after the call began
/// are left alone. Throws StoreError.
stores::FoundGroup find_group(Connection& connection, const ports::ReasonGroupFilter& group,
                              std::int64_t most, std::optional<core::Millis> time);

}  // namespace keitaro_outbox::postgresql
