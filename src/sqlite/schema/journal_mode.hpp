#pragma once

#include <string>

struct sqlite3;

namespace keitaro_outbox::sqlite {

/// `wal`, `delete`, `memory` and so on. Throws SqlError.
std::string journal_mode(sqlite3* db);

/// Turns the file to the write-ahead log, where it has another journal. A database in memory is left as it
/// is. Throws StoreError.
void use_wal(sqlite3* db);

}  // namespace keitaro_outbox::sqlite
