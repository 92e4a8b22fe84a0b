#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "sqlite/base/index_walk.hpp"
#include "sqlite/base/statement.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/lock/file_identity.hpp"
#include "sqlite/store/sqlite_store.hpp"

// What store.cpp (transactions, loading), store_recording.cpp and store_file.cpp share.

namespace keitaro_outbox::sqlite {

struct SqliteStore::Statements {
  explicit Statements(sqlite3* connection) : db(connection) {}

  sqlite3* db;
  Statement begin_read{db, "BEGIN"};
  Statement begin_write{db, "BEGIN IMMEDIATE"};
  Statement commit{db, "COMMIT"};
  Statement data_version{db, sql::data_version};
  Statement next_tracker{db, sql::next_tracker};
  Statement fresh{db, sql::fresh};
  Statement due{db, sql::due};
  Statement next_due{db, sql::next_due};
  Statement load_row{db, sql::load_row};
  Statement has_pending{db, sql::has_pending};
  Statement is_pending{db, sql::is_pending};
  Statement paused_trackers{db, sql::paused_trackers};
  Statement block{db, sql::block};
  Statement unblock_next{db, sql::unblock_next};
  Statement next_waiting_click{db, sql::next_waiting_click};
  Statement finish{db, sql::finish};
  Statement retry_later{db, sql::retry_later};
  Statement already_recorded{db, sql::already_recorded};
  Statement overtaken{db, sql::overtaken};
  Statement record_attempt{db, sql::record_attempt};
  Statement record_taken_in{db, sql::record_taken_in};
  Statement record_breaker{db, sql::record_breaker};
  Statement forget_breakers{db, sql::forget_breakers};
  Statement explainable_fresh{db, sql::explainable_fresh};
  Walk explainable_due{{db, sql::explainable_due_same}, {db, sql::explainable_due_next}};
  Statement explain{db, sql::explain};
  Statement identity{db, sql::identity};
  Statement count_group{db, sql::count_group};
};

/// What is known of the file that is open, and of the database in it.
struct SqliteStore::File {
  std::string path;
  ConnectionOptions options;
  Identity identity;         ///< The newest that is known.
  std::int64_t missing = 0;  ///< Groups of outcomes that the open copy lacks.
  bool identity_unread = false;
  bool another = false;      ///< The database's id has changed.
  bool overwritten = false;  ///< Somebody other than SQLite has written to the file.
  std::optional<ports::StoreError> trouble;

  std::optional<FileStamp> opened;
  std::string log_path;
  std::optional<FileStamp> log;
  std::optional<ExternalWriteDetector> external_writes;

  bool group_open = false;  ///< The transaction records outcomes.
  std::int64_t counted = 0;
  std::function<void(const Identity&)> on_recorded;
};

/// How far explain_waiting() has come, tracker by tracker, through the rows that have a time of their own.
struct SqliteStore::ExplainProgress {
  std::map<std::string, ports::DueRow, std::less<>> due;
};

/// Runs `work`; a failure ends the transaction, so that a caller never goes on in one that is half undone.
template <typename Work>
auto SqliteStore::guarded(Work&& work) {
  try {
    return work();
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
