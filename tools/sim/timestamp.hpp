#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_sim {

/// `2024-05-01 13:07:59`, without a zone as trackers write it; the simulator's zone is UTC.
std::string timestamp(keitaro_outbox::core::WallTime time);

/// Reads `2024-05-01`, `2024-05-01 13:07` or `2024-05-01 13:07:59` (a `T` may stand for the blank); anything
/// else: nullopt. A date alone is its first moment, or its last when `end_of_day`.
std::optional<keitaro_outbox::core::WallTime> parse_timestamp(std::string_view text, bool end_of_day = false);

}  // namespace keitaro_sim
