#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "sqlite/base/errors.hpp"
#include "sqlite/schema/journal_mode.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/store/sqlite_store_parts.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::StoreError;
using Kind = StoreError::Kind;

/// Short, as it is tried again at each look, and delivery waits for it.
constexpr core::Millis kBusyLimitOfReopening{50};

std::string not_there_text(const std::string& path, int error) {
  if (error == ENOENT) {
    return path +
           " was deleted or moved while it was open: nothing is sent until it is back; then the worker goes "
           "on "
           "by itself";
  }
  return path + " cannot be looked at any more: " + std::generic_category().message(error);
}

std::string locked_text(const std::string& path) {
  return path +
         " is locked by another connection, which lets nobody else in (PRAGMA locking_mode = EXCLUSIVE, or a "
         "change of the journal mode): waiting for it to end; set locking_mode = NORMAL there";
}

std::string left_over_text(const std::string& path) {
  return path + " was replaced or overwritten while it was open, and " + path +
         "-wal is still that of the former file, and would damage this one: stop whatever has the database "
         "open, "
         "delete " +
         path + "-wal and " + path + "-shm, and put the copy in its place again";
}

}  // namespace

std::string restored_text(const std::string& file, std::int64_t missing) {
  return file + " is an older copy: " + std::to_string(missing) +
         (missing == 1 ? " group of outcomes that was" : " groups of outcomes that were") +
         " recorded here " + (missing == 1 ? "is" : "are") +
         " missing from it, so rows that were delivered may be pending in it, and nothing is sent; put the "
         "newer "
         "file back, or cancel the rows that must not go out twice and start with --resume-restored";
}

// --- opening

void SqliteStore::open_file(core::Millis busy_limit) {
  const auto before = FileStamp::of(file_->path);
  ConnectionOptions options = file_->options;
  options.busy_limit = busy_limit;
  try {
    connection_ = std::make_unique<Connection>(file_->path, options);
  } catch (const StoreError& error) {
    if (error.kind() == Kind::busy) throw StoreError(Kind::busy, locked_text(file_->path));
    throw;
  }
  db_ = connection_->handle();
  check_schema(db_);
  use_wal(db_);
  const Identity found = with_store_errors(connection_->database(), [&] {
    triggers_.emplace(connection_->database());
    triggers_->set(
        false);  // One of the application's whose table is gone would let no statement be prepared.
    statements_ = std::make_unique<Statements>(connection_->database());
    return read_identity();  // After it the log is there.
  });
  with_store_errors(connection_->database(),
                    [&] { file_->guard.emplace(connection_->database(), file_->path); });
  const auto& opened = file_->guard->opened();
  if (before && !(opened && opened->same_file(*before)))
    throw StoreError(Kind::moved, file_->path + " was replaced while it was being opened");
  file_->was_open = true;
  listen_to_wal();
  data_version_.reset();
  connection_->wait_at_most(file_->options.busy_limit);
  judge(found);
}

void SqliteStore::close_file() {
  cache_warmer_.reset();
  rollback();
  statements_.reset();
  triggers_.reset();
  // The log is of another file: SQLite must not move it into this one.
  if (db_ != nullptr && file_->guard && file_->guard->overwritten())
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  file_->guard.reset();
  db_ = nullptr;
  connection_.reset();
}

void SqliteStore::require_file() const {
  if (file_->trouble) throw StoreError(*file_->trouble);
}

bool SqliteStore::reopen() {
  cache_warmer_.reset();  // Its readers would keep the log from being emptied.
  if (file_->guard && !file_->guard->overwritten() && !file_->another) {
    // The former file takes back what is in the log, which would otherwise be read as the new file's own.
    sqlite3_busy_handler(db_, nullptr, nullptr);
    sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }
  // Until then the former connection stays, and with it the log's inode number.
  if (file_->guard && !file_->another && file_->guard->log_is_left_over()) {
    file_->trouble = StoreError(Kind::moved, left_over_text(file_->path));
    return true;
  }
  close_file();
  file_->trouble.reset();
  try {
    open_file(kBusyLimitOfReopening);
  } catch (const StoreError& error) {
    const bool usable = file_->another || file_->missing > 0;
    if (!usable) close_file();
    file_->trouble = error;
  }
  if (!connection_ || !std::exchange(file_->another, false)) return true;
  file_->trouble.reset();
  return false;
}

// --- looking after it

SqliteStore::FileCheck SqliteStore::check_file() {
  using Verdict = FileGuard::Verdict;
  const auto at_path = [&] { return FileStamp::of(file_->path) ? Verdict::another_file : Verdict::gone; };
  switch (file_->guard ? file_->guard->look() : at_path()) {
    case Verdict::gone:
      file_->trouble = StoreError(Kind::moved, not_there_text(file_->path, errno));
      return FileCheck::trouble;
    case Verdict::another_file:
      return FileCheck::reopen;
    case Verdict::overwritten:
      file_->trouble = StoreError(Kind::moved, left_over_text(file_->path));
      return FileCheck::reopen;
    case Verdict::same_file:
      break;
  }
  if (file_->another) return FileCheck::reopen;
  if (!file_->trouble) return FileCheck::well;
  if (file_->trouble->kind() == Kind::moved) file_->trouble.reset();  // It was put back.
  try {
    judge(read_identity());
  } catch (const StoreError&) {
    // As it was, or worse: the next transaction tells.
  }
  if (file_->another) return FileCheck::reopen;
  return file_->trouble ? FileCheck::trouble : FileCheck::well;
}

// --- identity

const Identity& SqliteStore::identity() const {
  return file_->identity;
}

std::int64_t SqliteStore::groups_missing() const {
  return file_->missing;
}

void SqliteStore::on_recorded(std::function<void(const Identity&)> listener) {
  file_->on_recorded = std::move(listener);
}

bool SqliteStore::was_open() const {
  return file_->was_open;
}

bool SqliteStore::usable() const {
  return !file_->trouble;
}

void SqliteStore::expect(const Identity& known) {
  if (!connection_) {
    file_->identity = known;
    return;
  }
  try {
    const Identity found = read_identity();
    file_->identity = found;
    if (sqlite::groups_missing(found, known) > 0) file_->identity = known;
    judge(found);
  } catch (const StoreError&) {
    // Told by the next transaction.
  }
}

std::int64_t SqliteStore::accept_copy() {
  if (file_->missing == 0) return 0;
  guarded([&] {
    SQLite::Statement accept = prepare(connection_->database(), sql::accept_copy);
    Run(accept).bind(":recorded", file_->identity.recorded).execute();
  });
  file_->trouble.reset();
  return std::exchange(file_->missing, 0);
}

Identity SqliteStore::read_identity() {
  return with_store_errors(connection_->database(), [&]() -> Identity {
    Run run(statements_->identity);
    if (!run.step()) return {};
    return {run.text(0), run.integer(1)};
  });
}

/// Throws where the database is another one, or older than what is known of it, and will do so until that has
/// changed.
void SqliteStore::judge(const Identity& found) {
  if (found.database_id.empty()) return;
  Identity& known = file_->identity;
  if (!known.database_id.empty() && found.database_id != known.database_id) {
    known = found;
    file_->missing = 0;
    file_->another = true;
    file_->trouble = StoreError(Kind::moved, file_->path + " is another database now");
    require_file();
  }
  file_->missing = sqlite::groups_missing(found, known);
  if (file_->missing > 0) {
    file_->trouble = StoreError(Kind::restored, restored_text(file_->path, file_->missing));
    require_file();
  }
  known = found;
  if (file_->trouble && file_->trouble->kind() == Kind::restored) file_->trouble.reset();
}

void SqliteStore::count_group() {
  Identity found;
  {
    Run run(statements_->count_group);
    while (run.step()) found = {run.text(0), run.integer(1)};
  }
  if (found.database_id.empty()) return;  // Somebody has deleted the row: nothing to count in.
  file_->counted = found.recorded--;
  judge(found);
}

void SqliteStore::group_committed() {
  file_->group_open = false;
  file_->identity.recorded = std::max(file_->identity.recorded, file_->counted);
  if (file_->on_recorded) file_->on_recorded(file_->identity);
}

}  // namespace keitaro_outbox::sqlite
