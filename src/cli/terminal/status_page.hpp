#pragma once

#include <optional>
#include <vector>

#include "cli/terminal/styled.hpp"
#include "report/status/status_overview.hpp"

namespace keitaro_outbox::cli {

/// What `status` shows, the most pressing first; tables are fitted to `width` columns where there is one.
/// With `watching` it tells paces as well, and that what is not counted yet will be.
std::vector<Line> status_page(const report::Overview& overview, std::optional<std::size_t> width,
                              bool watching);

}  // namespace keitaro_outbox::cli
