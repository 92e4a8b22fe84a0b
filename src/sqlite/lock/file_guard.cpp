#include "sqlite/lock/file_guard.hpp"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

namespace keitaro_outbox::sqlite {

FileGuard::FileGuard(const SQLite::Database& db, const std::string& path)
    : path_(path),
      log_path_(sqlite3_filename_wal(sqlite3_db_filename(db.getHandle(), "main"))),
      opened_(FileStamp::of(path)),
      log_(FileStamp::of(log_path_)),
      external_writes_(db, path) {}

FileGuard::Verdict FileGuard::look() {
  const auto now = FileStamp::of(path_);
  if (!now) return Verdict::gone;
  if (!opened_ || !now->same_file(*opened_)) return Verdict::another_file;
  overwritten_ = overwritten_ || external_writes_.look() == ExternalWriteDetector::Verdict::found;
  return overwritten_ ? Verdict::overwritten : Verdict::same_file;
}

bool FileGuard::log_is_left_over() const {
  const auto log = FileStamp::of(log_path_);
  return log && log_ && log->same_file(*log_) && log->size > 0;
}

}  // namespace keitaro_outbox::sqlite
