#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ports/outbox_store.hpp"

struct sqlite3;

namespace keitaro_outbox::sqlite {

/// A StoreError with what SQLite itself said, for callers that look closer.
class SqlError : public ports::StoreError {
 public:
  SqlError(Kind kind, const std::string& message, int code, std::string said)
      : StoreError(kind, message), code_(code), said_(std::move(said)) {}

  int code() const { return code_; }  ///< The extended result code.
  const std::string& said() const {
    return said_;
  }  ///< `CHECK constraint failed: tracker_is_empty` and the like.

 private:
  int code_;
  std::string said_;
};

/// Whether a failed statement tells of one row, and not of the store: a constraint, or, where the application
/// has triggers, what these raise or run into. `code` may be extended.
bool speaks_of_a_row(int code, bool with_triggers = true);

/// Puts a result code into the store's words: one line that names the file and says what to do. `db` is the
/// connection on which the call has just failed; its message is read.
SqlError sql_error(sqlite3* db, int code);

/// The same for a call that was made of the file itself, past the connection.
SqlError file_error(const std::string& file, int code, int system_errno);

/// The same for a file that could not be opened, where there is no connection to ask.
SqlError open_error(const std::string& path, int code, std::string_view said);

/// The database's file for messages: its path, or `the database` when it has none.
std::string file_of(sqlite3* db);

/// The words for a file without our tables.
std::string missing_schema(const std::string& file);

}  // namespace keitaro_outbox::sqlite
