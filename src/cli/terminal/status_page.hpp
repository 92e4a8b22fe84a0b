#pragma once

#include <optional>
#include <vector>

#include "app/status_overview.hpp"
#include "cli/row_json.hpp"
#include "cli/terminal/styled.hpp"

namespace keitaro_outbox::cli {

/// What `status` shows, the most pressing first; tables are fitted to `width` columns where there is one.
/// With `watching` it tells paces as well, and that what is not counted yet will be.
std::vector<Line> status_page(const app::Overview& overview, std::optional<std::size_t> width, bool watching);

/// The same for programs.
Json status_json(const app::Overview& overview);

}  // namespace keitaro_outbox::cli
