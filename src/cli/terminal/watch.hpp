#pragma once

#include "cli/command.hpp"
#include "cli/execute.hpp"
#include "config/settings.hpp"

namespace keitaro_outbox::cli {

/// `status --watch`: on a terminal a page that is kept up to date, elsewhere a snapshot each interval, until
/// SIGINT, SIGTERM, or `q`.
ExitCode watch(const Status& args, const Command& command, const Surroundings& around,
               const config::Settings& settings);

}  // namespace keitaro_outbox::cli
