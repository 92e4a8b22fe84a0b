#include "sqlite/lock/file_identity.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/outbox_store.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

// The format of the database file (https://sqlite.org/fileformat2.html).
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kPageSizeAt = 16;
constexpr std::int64_t kLargestPage = 65536;

// The format of the log's index (https://sqlite.org/walformat.html#the_wal_index_file_format).
constexpr int kIndexBlockBytes = 32768;
constexpr std::size_t kSaltAt = 32;
constexpr std::size_t kMovedAt = 96;
constexpr std::size_t kAttemptedAt = 128;

/// SQLite's own handle: any other descriptor of the file, once closed, would drop the process's locks.
sqlite3_file* handle_of(const SQLite::Database& db) {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(db.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return code == SQLITE_OK && file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

std::int64_t page_size_of(const unsigned char* header) {
  const std::int64_t written = header[kPageSizeAt] << 8 | header[kPageSizeAt + 1];
  return written == 1 ? kLargestPage : written;
}

std::uint64_t mix(std::uint64_t hash, const std::vector<unsigned char>& bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a
  for (const unsigned char byte : bytes) hash = (hash ^ byte) * kPrime;
  return hash;
}

template <typename T>
T at(const char* block, std::size_t offset) {
  T value;
  std::memcpy(&value, block + offset, sizeof value);
  return value;
}

FileStamp stamp_of(const struct stat& status) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .written_at = status.st_mtim.tv_sec * kNanos + status.st_mtim.tv_nsec};
}

}  // namespace

std::optional<FileStamp> FileStamp::of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

std::optional<FileStamp> FileStamp::of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return std::nullopt;
  return stamp_of(status);
}

ExternalWriteDetector::ExternalWriteDetector(const SQLite::Database& db, std::string path)
    : db_(db), path_(std::move(path)) {
  identity_page_ = integer_of(db_, sql::identity_page);
  const auto before = checkpoints();
  const auto stamp = FileStamp::of(path_);
  if (before && stamp && !before->under_way()) accept(*stamp, *before);
}

ExternalWriteDetector::Verdict ExternalWriteDetector::look() {
  const auto before = checkpoints();
  const auto stamp = FileStamp::of(path_);
  // While a checkpoint is under way, or where it was broken off, nothing can be told.
  if (!before || !stamp || before->under_way() || checkpoints() != before) return Verdict::none;
  if (stamp == stamp_) {
    checkpoints_ = before;  // The log may have been begun anew meanwhile.
    return Verdict::none;
  }
  const bool by_checkpoint = !stamp_ || before != checkpoints_;
  // The time alone may have been set (`touch`).
  const auto previous = fingerprint_;
  accept(*stamp, *before);
  return by_checkpoint || previous == fingerprint_ ? Verdict::none : Verdict::found;
}

void ExternalWriteDetector::accept(const FileStamp& stamp, const Checkpoints& checkpoints) {
  stamp_ = stamp;
  checkpoints_ = checkpoints;
  fingerprint_ = fingerprint();
}

std::optional<ExternalWriteDetector::Checkpoints> ExternalWriteDetector::checkpoints() const {
  sqlite3_file* file = handle_of(db_);
  if (file == nullptr || file->pMethods->iVersion < 2 || file->pMethods->xShmMap == nullptr)
    return std::nullopt;
  void volatile* mapped = nullptr;
  if (file->pMethods->xShmMap(file, 0, kIndexBlockBytes, 0, &mapped) != SQLITE_OK || mapped == nullptr)
    return std::nullopt;
  const auto* block = static_cast<const char*>(const_cast<const void*>(mapped));
  return Checkpoints{.moved = at<std::uint32_t>(block, kMovedAt),
                     .attempted = at<std::uint32_t>(block, kAttemptedAt),
                     .log = at<std::uint64_t>(block, kSaltAt)};
}

/// Of the file's header and the page that says how far the worker has come: both differ from copy to copy.
std::optional<std::uint64_t> ExternalWriteDetector::fingerprint() const {
  sqlite3_file* file = handle_of(db_);
  if (file == nullptr) return std::nullopt;
  std::vector<unsigned char> header(kHeaderBytes);
  if (file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0) != SQLITE_OK)
    return 0;  // Shorter than any database.
  std::vector<unsigned char> page(static_cast<std::size_t>(page_size_of(header.data())));
  const std::int64_t offset = (identity_page_ - 1) * static_cast<std::int64_t>(page.size());
  // A page that is not there yet (it is in the log) reads as zeros.
  if (identity_page_ > 0) file->pMethods->xRead(file, page.data(), static_cast<int>(page.size()), offset);
  return mix(mix(0xcbf29ce484222325, header), page);
}

}  // namespace keitaro_outbox::sqlite
