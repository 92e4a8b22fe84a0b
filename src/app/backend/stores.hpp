#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/text/time.hpp"
#include "ports/backend.hpp"
#include "ports/intake_store.hpp"
#include "ports/outbox.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::app {

// The store is chosen by the database's name: the path of a SQLite file, or the address of a PostgreSQL
// database.

/// Opens nothing yet. Read-back leaves its verdicts in `verdicts`, where that is not null and the store is
/// SQLite's: then backend_at() with the same ones writes some of them with each group of outcomes.
std::unique_ptr<ports::Outbox> outbox_at(const std::string& database,
                                         sqlite::VerdictInbox* verdicts = nullptr);

/// For a front door. Throws ports::StoreError.
std::unique_ptr<ports::IntakeStore> intake_store_at(const std::string& database);

/// Where several workers share the rows, how long a request of any of them may take.
std::optional<core::Millis> longest_request(const std::string& database);

/// All that a worker needs, opened. Throws ports::StoreError.
std::unique_ptr<ports::Backend> backend_at(const std::string& database,
                                           sqlite::VerdictInbox* verdicts = nullptr);

}  // namespace keitaro_outbox::app
