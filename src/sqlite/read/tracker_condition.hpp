#pragma once

#include "ports/tracker_condition.hpp"
#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// From the columns in this order.
ports::TrackerCondition read_condition(const Statement::Run& run);

}  // namespace keitaro_outbox::sqlite
