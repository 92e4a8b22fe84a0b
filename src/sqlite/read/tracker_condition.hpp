#pragma once

#include "ports/tracker_condition.hpp"
#include "sqlite/base/run.hpp"

namespace keitaro_outbox::sqlite {

/// From the columns in this order.
ports::TrackerCondition read_condition(const Run& run);

}  // namespace keitaro_outbox::sqlite
