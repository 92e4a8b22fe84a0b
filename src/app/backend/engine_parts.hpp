#pragma once

#include <string>

#include "app/backend/stores.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// What a worker is made of for the outbox in a database: its store, and libcurl's transport.
/// For `context` see WorkerContext; it must outlive the worker.
worker::EngineParts engine_parts(const std::string& database, WorkerContext* context = nullptr);

}  // namespace keitaro_outbox::app
