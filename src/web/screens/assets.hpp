#pragma once

#include <string_view>

namespace keitaro_outbox::web {

extern const std::string_view kStyle;  ///< The one stylesheet.
extern const std::string_view
    kScript;                          ///< Optional: refreshes what changes, shows times in the viewer's zone.
extern const std::string_view kIcon;  ///< SVG.

}  // namespace keitaro_outbox::web
