#pragma once

#include "web/day_history.hpp"
#include "web/html.hpp"

namespace keitaro_outbox::web {

/// The last 24 hours as a picture (SVG) with its title and its description in words: what was delivered, the
/// tries that failed, and how many rows were waiting. Empty where there is nothing to draw.
Html day_chart(const DayHistory::Day& day);

}  // namespace keitaro_outbox::web
