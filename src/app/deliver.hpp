#pragma once

#include "cli/services.hpp"

namespace keitaro_outbox::app {

/// As cli::Services::deliver().
cli::Delivery deliver(const cli::DeliverOptions& options, const config::Settings& settings, log::Log& log);

}  // namespace keitaro_outbox::app
