#pragma once

#include <memory>
#include <string>

#include "ports/backend.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::app {

/// The outbox in a SQLite file, opened for a worker. With each group of outcomes it writes some of the
/// verdicts in `verdicts`, which may be null; else it must outlive the worker. Throws ports::StoreError.
std::unique_ptr<ports::Backend> sqlite_backend(const std::string& database, sqlite::VerdictInbox* verdicts);

}  // namespace keitaro_outbox::app
