#pragma once

#include <string>

#include "sqlite/readback/verdict_inbox.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// What a worker is made of for the outbox in a database: its store, and libcurl's transport.
/// For `verdicts` see backend_at(); they must outlive the worker.
worker::EngineParts engine_parts(const std::string& database, sqlite::VerdictInbox* verdicts = nullptr);

}  // namespace keitaro_outbox::app
