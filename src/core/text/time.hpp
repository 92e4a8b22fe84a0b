#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

using Millis = std::chrono::milliseconds;

/// The calendar's time, as columns ending in `_at` hold it: Unix milliseconds. It may step when a host's
/// clock is set.
using WallTime = std::chrono::sys_time<Millis>;

/// Time that only moves forward: for pauses, rates and latencies inside one process.
using SteadyTime = std::chrono::steady_clock::time_point;

inline WallTime wall_time(std::int64_t unix_millis) {
  return WallTime{Millis{unix_millis}};
}
inline std::int64_t unix_millis(WallTime time) {
  return time.time_since_epoch().count();
}

/// Reads `250ms`, `10s`, `5m`, `2h`, `7d` or `0`: a whole number and one unit, no blanks, up to 10 years.
/// Anything else, a number without a unit included, is nullopt.
std::optional<Millis> parse_duration(std::string_view text);

/// Writes a duration so that parse_duration() reads it back: the largest unit that divides it (`90s`, `2h`,
/// `0s`).
std::string format_duration(Millis duration);

}  // namespace keitaro_outbox::core
