#include "sqlite/base/connection.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>
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

std::unique_ptr<SQLite::Database> open_read_only(const std::string& name, const std::string& path) {
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (name == path ? 0 : SQLITE_OPEN_URI);
  try {
    return std::make_unique<SQLite::Database>(name, flags);
  } catch (const SQLite::Exception& error) {
    throw open_error(path, error.getExtendedErrorCode(), error.what());
  }
}

/// Whether we may read the file, and lack the permission to write it or to make files beside it.
bool is_readable_only(const std::string& path) {
  std::error_code none;
  const auto may = [](const std::string& what, int how) {
    return ::faccessat(AT_FDCWD, what.c_str(), how, AT_EACCESS) == 0;
  };
  const std::string folder = std::filesystem::canonical(path, none).parent_path().string();
  return may(path, R_OK) && (!may(path, W_OK) || !may(folder, W_OK));
}

bool has_log(const std::string& path) {
  std::error_code none;
  const auto bytes =
      std::filesystem::file_size(std::filesystem::canonical(path, none).string() + "-wal", none);
  return !none && bytes > 0;
}

std::string escaped_for_uri(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    } else {
      out += c;
    }
  }
  return out;
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
    : busy_wait_(std::make_unique<BusyWait>(BusyWait{options.busy_limit, {}})) {
  try {
    database_ = open(path, options);
    set_up(path, options);
  } catch (const ports::StoreError& error) {
    const bool cannot_write = error.kind() == ports::StoreError::Kind::read_only;
    if (!options.reading_will_do || !cannot_write || !is_readable_only(path)) throw;
    open_for_reading(path, options);
  }
}

void Connection::set_up(const std::string& path, const ConnectionOptions& options) {
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
  if (access_ == Access::write && sqlite3_db_readonly(db, "main") == 1)
    throw open_error(path, SQLITE_READONLY, "it is write-protected");
  // Reads the file, and so tells one that is no database.
  with_store_errors(*database_, [&] {
    database_->exec("PRAGMA main.journal_mode");
    // Opens the log, which takes more than to read the file.
    if (options.reading_will_do) database_->exec("SELECT 1 FROM sqlite_schema LIMIT 1");
  });
}

/// SQLite reads a log only with its index, FILE-shm, which it must make where there is none. Without a log
/// all stands in the file itself, and no index is needed.
void Connection::open_for_reading(const std::string& path, const ConnectionOptions& options) {
  try {
    access_ = Access::read;
    database_ = open_read_only(plain_path(path), path);
    set_up(path, options);
  } catch (const ports::StoreError& error) {
    if (error.kind() != ports::StoreError::Kind::read_only) throw;
    if (has_log(path)) {
      throw ports::StoreError(ports::StoreError::Kind::read_only,
                              path + " cannot be read without write permission now: a part of it stands in " +
                                  path + "-wal, and that takes " + path +
                                  "-shm, readable: start a worker or the application, or ask as its user");
    }
    access_ = Access::frozen;
    database_ = open_read_only("file:" + escaped_for_uri(plain_path(path)) + "?immutable=1", path);
    set_up(path, options);
  }
}

std::string what_is_unsure(const Connection& connection) {
  if (connection.access() != Connection::Access::frozen) return {};
  return "read without write permission while nobody else has the database open: what somebody commits from "
         "now on is not seen";
}

Connection::~Connection() = default;

sqlite3* Connection::handle() const {
  return database_->getHandle();
}

void Connection::wait_at_most(core::Millis limit) {
  busy_wait_->limit = limit;
}

}  // namespace keitaro_outbox::sqlite
