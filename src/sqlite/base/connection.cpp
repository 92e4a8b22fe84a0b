#include "sqlite/base/connection.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <thread>

#include "sqlite/base/database.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/durability/write_coalescing_vfs.hpp"

namespace keitaro_outbox::sqlite {
namespace {

/// As SQLite takes it: a path, never a URI or one of its special names.
std::string plain_path(const std::string& path) {
  if (path.empty()) {
    throw ports::StoreError(ports::StoreError::Kind::other, "the path of the database is empty: name a file");
  }
  const bool special = path.starts_with("file:") || path.starts_with(":");
  return special ? "./" + path : path;
}

std::unique_ptr<SQLite::Database> open(const std::string& path, const ConnectionOptions& options) {
  // Each connection is used by one thread at a time, so SQLite's own mutex is not needed.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0);
  try {
    const std::string vfs = options.coalesces_writes ? write_coalescing_vfs() : std::string();
    return std::make_unique<SQLite::Database>(plain_path(path), flags, 0, vfs);
  } catch (const SQLite::Exception& error) {
    throw open_error(path, error.getExtendedErrorCode(), error.what());
  }
}

}  // namespace

/// Constant short sleeps are fair: SQLite's own handler sleeps ever longer, and loses to whoever came last.
struct Connection::BusyWait {
  core::Millis limit;
  std::chrono::steady_clock::time_point since;
};

int Connection::wait_a_little(void* busy_wait, int calls) noexcept {
  auto& wait = *static_cast<BusyWait*>(busy_wait);
  const auto now = std::chrono::steady_clock::now();
  if (calls == 0) wait.since = now;
  if (now - wait.since >= wait.limit) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return 1;
}

Connection::Connection(const std::string& path, const ConnectionOptions& options)
    : busy_wait_(std::make_unique<BusyWait>(BusyWait{options.busy_limit, {}})),
      database_(open(path, options)) {
  sqlite3* db = handle();
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_handler(db, &Connection::wait_a_little, busy_wait_.get());
  sqlite3_wal_autocheckpoint(db, 0);
  // Not trusted_schema=OFF: SQLite 3.40 then refuses json_valid() in the table's CHECKs.
  with_store_errors(*database_, [&] {
    database_->exec(
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -8192;"
        "PRAGMA journal_size_limit = 67108864;");
    if (options.coalesces_writes) database_->exec("PRAGMA cache_spill = OFF");
  });
  // SQLite opens a write-protected file for reading without a word.
  if (sqlite3_db_readonly(db, "main") == 1) throw open_error(path, SQLITE_READONLY, "it is write-protected");
  // Reads the file, and so tells one that is no database.
  with_store_errors(*database_, [&] { database_->exec("PRAGMA main.journal_mode"); });
}

Connection::~Connection() = default;

sqlite3* Connection::handle() const {
  return database_->getHandle();
}

void Connection::wait_at_most(core::Millis limit) {
  busy_wait_->limit = limit;
}

}  // namespace keitaro_outbox::sqlite
