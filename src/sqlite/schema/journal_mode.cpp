#include "sqlite/schema/journal_mode.hpp"

#include <sqlite3.h>

#include "sqlite/base/errors.hpp"
#include "sqlite/schema/handle_statement.hpp"

namespace keitaro_outbox::sqlite {

std::string journal_mode(sqlite3* db) {
  HandleStatement pragma(db, "PRAGMA main.journal_mode");
  return pragma.step() ? pragma.text(0) : std::string();
}

void use_wal(sqlite3* db) {
  const char* file = sqlite3_db_filename(db, "main");
  if (file == nullptr || *file == '\0') return;
  if (journal_mode(db) == "wal") return;
  HandleStatement pragma(db, "PRAGMA main.journal_mode = WAL");
  if (pragma.step() && pragma.text(0) == "wal") return;
  throw ports::StoreError(
      ports::StoreError::Kind::other,
      file_of(db) + " cannot be turned to journal_mode=WAL: is it on a network file system?");
}

}  // namespace keitaro_outbox::sqlite
