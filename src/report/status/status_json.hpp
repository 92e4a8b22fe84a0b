#pragma once

#include "report/json_value.hpp"
#include "report/status/status_overview.hpp"

namespace keitaro_outbox::report {

/// What `status --json` prints.
Json status_json(const Overview& overview);

}  // namespace keitaro_outbox::report
