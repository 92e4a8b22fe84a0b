#pragma once

#include <memory>
#include <string>

#include "ports/backend.hpp"
#include "ports/outbox.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::app {

// The store is chosen by the database's name: the path of a SQLite file, or the address of a PostgreSQL
// database.

/// Opens nothing yet. Read-back leaves its verdicts in `verdicts`, where that is not null and the store is
/// SQLite's: then backend_at() with the same ones writes some of them with each group of outcomes.
std::unique_ptr<ports::Outbox> outbox_at(const std::string& database,
                                         sqlite::VerdictInbox* verdicts = nullptr);

/// All that a worker needs, opened. Throws ports::StoreError.
std::unique_ptr<ports::Backend> backend_at(const std::string& database,
                                           sqlite::VerdictInbox* verdicts = nullptr);

}  // namespace keitaro_outbox::app
