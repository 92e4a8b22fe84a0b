#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "sqlite/base/database.hpp"
#include "sqlite/base/index_walk.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/lock/file_guard.hpp"
#include "sqlite/store/sqlite_store.hpp"

// What store.cpp (transactions, loading), store_recording.cpp and store_file.cpp share.

namespace keitaro_outbox::sqlite {

struct SqliteStore::Statements {
  explicit Statements(const SQLite::Database& database) : db(database) {}

  const SQLite::Database& db;
  SQLite::Statement data_version = prepare(db, sql::data_version);
  SQLite::Statement next_tracker = prepare(db, sql::next_tracker);
  SQLite::Statement fresh = prepare(db, sql::fresh);
  SQLite::Statement due = prepare(db, sql::due);
  SQLite::Statement next_due = prepare(db, sql::next_due);
  SQLite::Statement load_row = prepare(db, sql::load_row);
  SQLite::Statement ledger_entry = prepare(db, sql::ledger_entry);
  SQLite::Statement has_pending = prepare(db, sql::has_pending);
  SQLite::Statement is_pending = prepare(db, sql::is_pending);
  SQLite::Statement paused_trackers = prepare(db, sql::paused_trackers);
  SQLite::Statement open_breakers = prepare(db, sql::open_breakers);
  SQLite::Statement block = prepare(db, sql::block);
  SQLite::Statement unblock_next = prepare(db, sql::unblock_next);
  SQLite::Statement next_waiting_click = prepare(db, sql::next_waiting_click);
  SQLite::Statement finish = prepare(db, sql::finish);
  SQLite::Statement retry_later = prepare(db, sql::retry_later);
  SQLite::Statement created_at = prepare(db, sql::created_at);
  SQLite::Statement set_aside = prepare(db, sql::set_aside);
  SQLite::Statement already_recorded = prepare(db, sql::already_recorded);
  SQLite::Statement overtaken = prepare(db, sql::overtaken);
  SQLite::Statement record_attempt = prepare(db, sql::record_attempt);
  SQLite::Statement record_taken_in = prepare(db, sql::record_taken_in);
  SQLite::Statement conclude = prepare(db, sql::readback_conclude);
  SQLite::Statement bring_back = prepare(db, sql::bring_back);
  SQLite::Statement record_breaker = prepare(db, sql::record_breaker);
  SQLite::Statement forget_breakers = prepare(db, sql::forget_breakers);
  SQLite::Statement explainable_fresh = prepare(db, sql::explainable_fresh);
  IndexWalk explainable_due{prepare(db, sql::explainable_due_same), prepare(db, sql::explainable_due_next)};
  SQLite::Statement explain = prepare(db, sql::explain);
  SQLite::Statement identity = prepare(db, sql::identity);
  SQLite::Statement count_group = prepare(db, sql::count_group);
};

/// What is known of the file that is open, and of the database in it.
struct SqliteStore::File {
  std::string path;
  ConnectionOptions options;
  Identity identity;         ///< The newest that is known.
  std::int64_t missing = 0;  ///< Groups of outcomes that the open copy lacks.
  bool identity_unread = false;
  bool another = false;  ///< The database's id has changed.
  std::optional<ports::StoreError> trouble;

  std::optional<FileGuard> guard;  ///< While there is a connection.
  bool was_open = false;

  bool group_open = false;  ///< The transaction records outcomes.
  std::int64_t counted = 0;
  std::function<void(const Identity&)> on_recorded;
};

/// How far explain_waiting() has come, tracker by tracker, through the rows that have a time of their own.
struct SqliteStore::ExplainProgress {
  std::map<std::string, ports::DueRow, std::less<>> due;
};

/// Runs `work`. A failure is a StoreError, and ends the transaction: a caller never goes on in half of one.
template <typename Work>
auto SqliteStore::guarded(Work&& work) {
  try {
    return with_store_errors(connection_->database(), work);
  } catch (...) {
    rollback();
    throw;
  }
}

inline std::int64_t as_limit(std::size_t limit) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(limit, kMost));
}

}  // namespace keitaro_outbox::sqlite
