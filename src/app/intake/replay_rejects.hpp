#pragma once

#include "cli/services.hpp"
#include "config/settings.hpp"
#include "ports/intake_rejects.hpp"

namespace keitaro_outbox::app {

/// Reads rejects again by the settings of now, in the order in which they came, and makes rows of those that
/// break no rule any more. Those that still do get the reason of now.
cli::ReplayReport replay_rejects(ports::IntakeRejects& rejects, const cli::ReplayOptions& options,
                                 const config::Settings& settings);

}  // namespace keitaro_outbox::app
