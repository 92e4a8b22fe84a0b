#pragma once

#include <string>
#include <string_view>

#include "sim/admin_api.hpp"
#include "sim/tracker.hpp"

namespace keitaro_sim {

/// What the Admin API is like, and what of the tracker shows in it, as `change_admin` takes it.
std::string admin_as_json(const AdminSettings& admin, const TrackerSettings& tracker);

/// Changes what the JSON object names and leaves the rest. When anything is wrong nothing changes, and the
/// answer is one sentence that says what; otherwise it is empty.
std::string change_admin(AdminSettings& admin, TrackerSettings& tracker, std::string_view json);

/// What is wrong with it in one sentence, or empty.
std::string problem_of(const AdminSettings& admin, const TrackerSettings& tracker);

/// Reads `+03:00`, `-05:30`, `UTC` or `Z`; anything else: nullopt.
std::optional<std::chrono::minutes> parse_time_zone(std::string_view text);

}  // namespace keitaro_sim
