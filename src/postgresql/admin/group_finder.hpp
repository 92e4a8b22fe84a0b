#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ports/outbox_admin.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Rows that share a reason.
struct FoundGroup {
  std::vector<std::int64_t> rows;  ///< Their ids in order.
  bool whole = true;               ///< false: there are, or may be, more.
};

/// Looks for at most `most` rows, and for at most `time` or little longer. Rows inserted after the call began
/// are left alone. Throws StoreError.
FoundGroup find_group(Connection& connection, const ports::ReasonGroupFilter& group, std::int64_t most,
                      std::optional<core::Millis> time);

}  // namespace keitaro_outbox::postgresql
