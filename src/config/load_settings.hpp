#pragma once

#include <string>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace keitaro_outbox::config {

/// Puts the configuration file (the one given, or `KEITARO_OUTBOX_CONFIG`), the environment and the command
/// line together. The command line goes before the file. `to`, or else `KEITARO_POSTBACK_URL`, makes or
/// overrides the tracker `default`. Nothing that names a tracker is no error here: see require_trackers().
/// Throws ConfigError.
Settings load_settings(const Overrides& overrides, const Environment& environment);

/// Throws ConfigError, saying how to name one, when there is no tracker.
void require_trackers(const Settings& settings);

/// Throws ConfigError, saying what to add, when there is no front door.
void require_intake(const Settings& settings);

}  // namespace keitaro_outbox::config
