#include "sqlite/base/errors.hpp"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "ports/out_of_memory.hpp"
#include "sqlite/base/database.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using Kind = ports::StoreError::Kind;

bool disk_is_full(int system_errno) {
  return system_errno == ENOSPC || system_errno == EDQUOT;
}

/// A file system that the kernel has turned read-only after an error. SQLite does not keep the reason of a
/// COMMIT that failed.
bool is_on_read_only_file_system(const std::string& file) {
  struct statvfs info {};
  return statvfs(file.c_str(), &info) == 0 && (info.f_flag & ST_RDONLY) != 0;
}

/// Whether a write that failed was to make a file longer than `ulimit -f` allows. SQLite does not keep the
/// reason of a COMMIT that failed here either: where there is a limit at all, it is taken for the reason.
bool is_over_size_limit(int code) {
  if (code != SQLITE_IOERR_WRITE && code != SQLITE_IOERR_TRUNCATE && code != SQLITE_IOERR_SHMSIZE)
    return false;
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

constexpr std::string_view kNoTable = "no such table: ";

/// A table that a statement needs and that is not there; empty for none.
std::string_view missing_table(std::string_view said) {
  if (!said.starts_with(kNoTable)) return {};
  said.remove_prefix(kNoTable.size());
  constexpr std::string_view kMain = "main.";
  if (said.starts_with(kMain)) said.remove_prefix(kMain.size());
  return said;
}

bool is_ours(std::string_view table) {
  return table.starts_with("outbox") || table.starts_with("intake_") || table == "conversions" ||
         table == "delivery_attempts";
}

/// Where a trigger or a view of the application needs a table of its own that is gone.
bool lacks_table_of_application(std::string_view said) {
  const std::string_view table = missing_table(said);
  return !table.empty() && !is_ours(table);
}

bool speaks_of_the_schema(std::string_view said) {
  return is_ours(missing_table(said)) || said.starts_with("no such column") ||
         said.find("has no column named") != std::string_view::npos ||
         said.starts_with("ON CONFLICT clause does not match");
}

Kind kind_of(int code, std::string_view said, int system_errno) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Kind::busy;
    case SQLITE_FULL:
      return Kind::full;
    case SQLITE_READONLY:
      return code == SQLITE_READONLY_DBMOVED ? Kind::moved : Kind::read_only;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return Kind::read_only;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_NOMEM) return Kind::other;
      if (system_errno == EFBIG || is_over_size_limit(code)) return Kind::full;
      return disk_is_full(system_errno) ? Kind::full : Kind::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::corrupt;
    case SQLITE_SCHEMA:
      return Kind::schema;
    default:
      return speaks_of_the_schema(said) ? Kind::schema : Kind::other;
  }
}

std::string message_for(Kind kind, int code, const std::string& file, const std::string& said,
                        int system_errno) {
  if ((code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) return file + ": " + ports::kOutOfMemory;
  switch (kind) {
    case Kind::busy:
      return file +
             " is locked: another connection has kept its write transaction open for too long; end it, or "
             "wait";
    case Kind::full:
      if (system_errno == EFBIG || is_over_size_limit(code)) {
        return file + " cannot grow: the system limits the size of files (`ulimit -f`, or the file system " +
               "itself); raise the limit";
      }
      return file + " cannot grow: the disk is full (" + said + "); free some space";
    case Kind::moved:
      return file + " was moved or deleted while it was open: put it back";
    case Kind::read_only:
      return file + " cannot be written (" + said +
             "): check the permissions and the owner of the file, of its -wal and -shm, " +
             "and of their folder, and that the file system is not read-only";
    case Kind::io:
      return file + " cannot be read or written: the disk or the file system failed (" + said + ", code " +
             std::to_string(code) + "); see the system's log";
    case Kind::corrupt:
      if ((code & 0xff) == SQLITE_NOTADB) return file + " is not an SQLite database: check the path";
      return file + " is damaged (" + said +
             "): run `PRAGMA integrity_check` on it, and restore it from a copy";
    case Kind::schema:
      return missing_schema(file) + " (" + said + ")";
    case Kind::restored:
    case Kind::other:
      break;
  }
  if (said.find("recorded_must_be") != std::string::npos) {
    return file +
           ": outbox_worker.recorded is at its limit, so no outcome can be counted and nothing is sent; stop "
           "the "
           "worker, run `UPDATE outbox_worker SET recorded = 1` and start it once with --resume-restored";
  }
  if (lacks_table_of_application(said)) {
    return file + ": a trigger or view of the application needs the table " +
           std::string(missing_table(said)) + ", which is gone: create it again, or drop the trigger";
  }
  return file + ": " + said + " (SQLite code " + std::to_string(code) + ")";
}

SqlError error_of(const std::string& file, int code, std::string said, int system_errno) {
  Kind kind = kind_of(code, said, system_errno);
  if (kind == Kind::io && is_on_read_only_file_system(file)) kind = Kind::read_only;
  const std::string message = message_for(kind, code, file, said, system_errno);
  return {kind, message, code, std::move(said)};
}

}  // namespace

std::string file_of(sqlite3* db) {
  const char* name = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  return name == nullptr || *name == '\0' ? "the database" : name;
}

std::string missing_schema(const std::string& file) {
  return file + " lacks the tables of keitaro-outbox: run `keitaro-outbox init --db " + file + "`";
}

bool speaks_of_a_row(int code, bool with_triggers) {
  const int primary = code & 0xff;
  if (primary == SQLITE_CONSTRAINT) return true;
  return with_triggers && (primary == SQLITE_ERROR || primary == SQLITE_MISMATCH || primary == SQLITE_TOOBIG);
}

SqlError sql_error(sqlite3* db, int code) {
  const int extended = sqlite3_extended_errcode(db);
  if ((extended & 0xff) == (code & 0xff)) code = extended;
  return error_of(file_of(db), code, sqlite3_errmsg(db), sqlite3_system_errno(db));
}

SqlError store_error(const SQLite::Database& db, const SQLite::Exception& error) {
  sqlite3* handle = db.getHandle();
  const int extended = error.getExtendedErrorCode();
  const int code = extended >= 0 ? extended : error.getErrorCode();
  return error_of(file_of(handle), code, error.what(), sqlite3_system_errno(handle));
}

SqlError file_error(const std::string& file, int code, int system_errno) {
  return error_of(file, code, sqlite3_errstr(code), system_errno);
}

SqlError open_error(const std::string& path, int code, std::string_view said) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    const std::string message =
        path + " does not exist: run `keitaro-outbox init --db " + path + "`, or check the path";
    return {Kind::schema, message, code, std::string(said)};
  }
  if (std::filesystem::is_directory(status)) {
    return {Kind::other, path + " is a folder: give the path of the database file", code, std::string(said)};
  }
  const Kind kind = kind_of(code, said, 0);
  return {kind, message_for(kind, code, path, std::string(said), 0), code, std::string(said)};
}

}  // namespace keitaro_outbox::sqlite
