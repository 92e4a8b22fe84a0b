#pragma once

#include <optional>
#include <string>

#include "core/text/time.hpp"
#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// A row of `outbox_trackers`: how a tracker does. As it begins where nothing is written of the tracker.
struct TrackerCondition {
  std::string tracker;
  std::optional<core::WallTime> paused_at;
  std::string breaker = "closed";  ///< `closed`, `open`, `probing` or `ramping`.
  std::optional<core::WallTime> breaker_at;
  std::optional<core::WallTime> next_try_at;
  std::optional<std::string> reason;
};

/// From the columns in this order.
TrackerCondition read_condition(const Statement::Run& run);

}  // namespace keitaro_outbox::sqlite
