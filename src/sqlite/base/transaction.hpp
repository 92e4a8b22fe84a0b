#pragma once

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

namespace keitaro_outbox::sqlite {

/// Undoes what was begun, unless it was committed. Throws SQLite::Exception.
///
/// Not SQLite::Transaction: its destructor allocates where SQLite has rolled back by itself, which ends the
/// process when there is no memory.
class Transaction {
 public:
  enum class Kind { read, write };

  /// `write` takes the write lock at once; `read` shows one moment of the database.
  Transaction(SQLite::Database& db, Kind kind) : db_(db) {
    db_.exec(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  }
  ~Transaction() {
    sqlite3* handle = db_.getHandle();
    if (sqlite3_get_autocommit(handle) == 0) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { db_.exec("COMMIT"); }

 private:
  SQLite::Database& db_;
};

}  // namespace keitaro_outbox::sqlite
