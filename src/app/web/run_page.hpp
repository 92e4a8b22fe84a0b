#pragma once

#include "cli/services.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"

namespace keitaro_outbox::app {

/// Serves the page for people without a worker, until a signal. `on_ready` is told the address. Throws
/// ports::StoreError, and std::runtime_error when it cannot listen.
void run_page(const cli::PageOptions& options, const config::Settings& settings, log::Log& log);

}  // namespace keitaro_outbox::app
