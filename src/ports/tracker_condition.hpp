#pragma once

#include <optional>
#include <string>

#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// A row of `outbox_trackers`: whether sending to a tracker works. The defaults are those of a tracker
/// without a row.
struct TrackerCondition {
  std::string tracker;
  std::optional<core::WallTime> paused_at;
  std::string breaker = "closed";  ///< `closed`, `open`, `probing` or `ramping`.
  std::optional<core::WallTime> breaker_at;
  std::optional<core::WallTime> next_try_at;
  std::optional<std::string> reason;
};

}  // namespace keitaro_outbox::ports
