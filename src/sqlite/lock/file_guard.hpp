#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sqlite/lock/file_identity.hpp"

namespace keitaro_outbox::sqlite {

/// Watches whether the path of an open database still leads to the file that is open, and whether only SQLite
/// has written to it.
class FileGuard {
 public:
  enum class Verdict : std::uint8_t {
    same_file,
    gone,          ///< Nothing is there, or it cannot be looked at: errno says why.
    another_file,  ///< Another file is there now.
    overwritten    ///< It is the same file, and somebody other than SQLite has written to it. Never undone.
  };

  /// `db` has read from the file at `path`, and outlives this. Throws SQLite::Exception.
  FileGuard(const SQLite::Database& db, const std::string& path);

  /// One or two calls of stat() in the usual case. Between transactions only.
  Verdict look();

  bool overwritten() const { return overwritten_; }
  const std::optional<FileStamp>& opened() const { return opened_; }

  /// Whether the log beside the path is still that of the file that was opened, and has something in it:
  /// SQLite would take it for the log of another file there.
  bool log_is_left_over() const;

 private:
  std::string path_;
  std::string log_path_;
  std::optional<FileStamp> opened_;
  std::optional<FileStamp> log_;
  ExternalWriteDetector external_writes_;
  bool overwritten_ = false;
};

}  // namespace keitaro_outbox::sqlite
