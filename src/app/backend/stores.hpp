#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/text/time.hpp"
#include "ports/backend.hpp"
#include "ports/intake_store.hpp"
#include "ports/leadership.hpp"
#include "ports/outbox.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::app {

// The store is chosen by the database's name: the path of a SQLite file, or the address of a PostgreSQL
// database.

/// What the parts of a process that has a worker know of each other. Must outlive them.
struct WorkerContext {
  /// With SQLite: read-back leaves its verdicts here, and the worker writes some of them with each group of
  /// outcomes.
  sqlite::VerdictInbox verdicts;
  /// With PostgreSQL: what the worker has of the rows. Read-back asks for the conversions of its lanes.
  ports::WorkerShare share;
  /// With PostgreSQL: whether the worker listens for commits, and where it tells that it does, with an empty
  /// text, or why it cannot. Called from a thread of its own.
  bool listens = false;
  std::function<void(const std::string& why_not)> on_listening = {};
};

/// Opens nothing yet. `context` is that of the process's worker, and null where there is none.
std::unique_ptr<ports::Outbox> outbox_at(const std::string& database, WorkerContext* context = nullptr);

/// For a front door. Throws ports::StoreError.
std::unique_ptr<ports::IntakeStore> intake_store_at(const std::string& database);

/// Where several workers share the rows, how long a request of any of them may take.
std::optional<core::Millis> longest_request(const std::string& database);

/// All that a worker needs, opened. Throws ports::StoreError.
std::unique_ptr<ports::Backend> backend_at(const std::string& database, WorkerContext* context = nullptr);

}  // namespace keitaro_outbox::app
