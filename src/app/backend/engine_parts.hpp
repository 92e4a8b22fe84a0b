#pragma once

#include <string>

#include "sqlite/readback/verdict_inbox.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// What a worker is made of for the outbox in a SQLite file: that store, and libcurl's transport.
/// With each group of outcomes it writes some of the verdicts in `verdicts`, which may be null; else it must
/// outlive the worker.
worker::EngineParts engine_parts(const std::string& database, sqlite::VerdictInbox* verdicts = nullptr);

}  // namespace keitaro_outbox::app
