#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace SQLite {
class Database;
}

namespace keitaro_outbox::sqlite {

/// Which file a path leads to, and when it was last written.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t written_at = 0;  ///< Nanoseconds.

  /// nullopt when nothing is there, or it cannot be looked at.
  static std::optional<FileStamp> of(const std::string& path);
  /// The same of an open descriptor.
  static std::optional<FileStamp> of(int fd);
  bool same_file(const FileStamp& other) const { return device == other.device && inode == other.inode; }
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Tells whether somebody other than SQLite has written to a database file that is open in WAL mode, as `cp`
/// does. SQLite writes to it in checkpoints alone, and keeps account of them in the log's index. What is
/// overwritten just between a checkpoint and the next look is not told from it.
class ExternalWriteDetector {
 public:
  enum class Verdict : std::uint8_t { none, found };

  /// `db` has read from the file. What stands there now is taken for good.
  /// Throws SQLite::Exception.
  ExternalWriteDetector(const SQLite::Database& db, std::string path);

  /// Next to nothing where the file was not written to since the last call. Between transactions only.
  Verdict look();

 private:
  /// How far checkpoints have come; what else is in the index is no matter.
  struct Checkpoints {
    std::uint32_t moved = 0;
    std::uint32_t attempted = 0;
    std::uint64_t log = 0;  ///< Another one each time the log is begun anew.
    bool under_way() const { return moved != attempted; }
    friend bool operator==(const Checkpoints&, const Checkpoints&) = default;
  };

  std::optional<Checkpoints> checkpoints() const;
  std::optional<std::uint64_t> fingerprint() const;
  void accept(const FileStamp& stamp, const Checkpoints& checkpoints);

  const SQLite::Database& db_;
  std::string path_;
  std::int64_t identity_page_ = 0;
  std::optional<FileStamp> stamp_;
  std::optional<Checkpoints> checkpoints_;
  std::optional<std::uint64_t> fingerprint_;
};

}  // namespace keitaro_outbox::sqlite
