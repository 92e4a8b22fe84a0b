#pragma once

#include <vector>

#include "cli/services.hpp"
#include "ports/outbox.hpp"

namespace keitaro_outbox::app {

/// As cli::Services::verify().
std::vector<cli::TrackerVerified> verify(ports::Outbox& outbox, const cli::VerifyOptions& options,
                                         const config::Settings& settings);

}  // namespace keitaro_outbox::app
