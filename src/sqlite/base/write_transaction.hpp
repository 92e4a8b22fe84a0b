#pragma once

#include "sqlite/base/errors.hpp"
#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// Undoes what was begun, unless it was committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(sqlite3* db) : db_(db) { execute(db_, "BEGIN IMMEDIATE"); }
  ~WriteTransaction() {
    if (done_) return;
    try {
      execute(db_, "ROLLBACK");
    } catch (const SqlError&) {
      // SQLite had rolled it back itself.
    }
  }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit() {
    execute(db_, "COMMIT");
    done_ = true;
  }

 private:
  sqlite3* db_;
  bool done_ = false;
};

}  // namespace keitaro_outbox::sqlite
