#pragma once

#include <functional>
#include <string_view>

#include "config/settings.hpp"
#include "intake/source.hpp"

namespace keitaro_outbox::app {

/// Whether the tracker of a source knows a status for rows of a campaign: by its templates where it has any,
/// else by its map; one that the configuration lacks, by what every tracker knows. Keeps what it needs of
/// `settings`.
std::function<bool(const intake::Source&, std::string_view campaign, std::string_view status)>
tracker_knowledge(const config::Settings& settings);

}  // namespace keitaro_outbox::app
