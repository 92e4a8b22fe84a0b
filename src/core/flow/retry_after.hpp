#pragma once

#include <optional>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// The longest delay that a tracker can ask for with `Retry-After`; longer ones are cut to it.
inline constexpr Millis kLongestRetryAfter = std::chrono::hours{24};

/// Reads a `Retry-After` header: whole seconds, or an HTTP date in any of its three forms (RFC 9110) relative
/// to `now`. A date that has passed is zero. Surrounding blanks are ignored; anything else is nullopt.
std::optional<Millis> parse_retry_after(std::string_view value, WallTime now);

}  // namespace keitaro_outbox::core
