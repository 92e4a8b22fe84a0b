#pragma once

#include <sqlite3.h>

#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// One moment of the database, for as long as it lives. It ends as it began: nothing was written.
class ReadTransaction {
 public:
  /// Throws SqlError.
  explicit ReadTransaction(sqlite3* db) : db_(db) { execute(db_, "BEGIN"); }
  /// What fails has ended it already.
  ~ReadTransaction() { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  sqlite3* db_;
};

}  // namespace keitaro_outbox::sqlite
