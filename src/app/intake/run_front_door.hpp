#pragma once

#include "cli/services.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"

namespace keitaro_outbox::app {

/// Opens the front door until SIGTERM or SIGINT; SIGHUP reads the configuration again.
void run_front_door(const cli::IntakeOptions& options, const config::Settings& settings, log::Log& log);

}  // namespace keitaro_outbox::app
