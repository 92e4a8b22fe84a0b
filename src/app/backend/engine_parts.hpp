#pragma once

#include <string>

#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// What a worker is made of for the outbox in a SQLite file: that store, and libcurl's transport.
worker::EngineParts engine_parts(const std::string& database);

}  // namespace keitaro_outbox::app
