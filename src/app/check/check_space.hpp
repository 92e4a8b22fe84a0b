#pragma once

#include <cstdint>
#include <optional>

#include "app/check/check.hpp"

namespace keitaro_outbox::app {

/// What so many bytes left on the database's disk mean: nullopt where they will do.
std::optional<Finding> judge_space(std::uintmax_t available);

}  // namespace keitaro_outbox::app
