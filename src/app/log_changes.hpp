#pragma once

#include "config/config_changes.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"

namespace keitaro_outbox::app {

/// Tells of a reload: what changed, and what needs a new start to change.
void log_changes(const config::ConfigChanges& changes, const config::Settings& settings, log::Log& log);

}  // namespace keitaro_outbox::app
