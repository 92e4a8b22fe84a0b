#include "intake/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

#include "intake/spool_record.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::intake {
namespace {

constexpr std::size_t kItemsInGroup = 500;

std::string new_spool_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device chance;
  std::string id;
  for (int i = 0; i < 32; ++i) id += kDigits[chance() & 0xFU];
  return id;
}

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw ports::StoreError(ports::StoreError::Kind::io, path + " cannot be read or written: " + why);
}

}  // namespace

int SpoolDisk::open(const std::string& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}
void SpoolDisk::close(int file) {
  ::close(file);
}
bool SpoolDisk::lock(int file) {
  while (::flock(file, LOCK_EX) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}
void SpoolDisk::unlock(int file) {
  ::flock(file, LOCK_UN);
}
std::int64_t SpoolDisk::size(int file) {
  struct stat info {};
  return ::fstat(file, &info) == 0 ? info.st_size : -1;
}
std::int64_t SpoolDisk::read(int file, char* into, std::size_t size, std::int64_t at) {
  return ::pread(file, into, size, at);
}
std::int64_t SpoolDisk::write(int file, const char* from, std::size_t size, std::int64_t at) {
  return ::pwrite(file, from, size, at);
}
bool SpoolDisk::truncate(int file, std::int64_t size) {
  return ::ftruncate(file, size) == 0;
}
bool SpoolDisk::sync(int file) {
  return ::fsync(file) == 0;
}
bool SpoolDisk::sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool synced = ::fsync(opened) == 0;
  ::close(opened);
  return synced;
}

class Spool::Locked {
 public:
  explicit Locked(Spool& spool) : spool_(spool), held_(spool.disk_->lock(spool.file_)) {}
  ~Locked() {
    if (held_) spool_.disk_->unlock(spool_.file_);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  explicit operator bool() const { return held_; }

 private:
  Spool& spool_;
  bool held_;
};

Spool::Spool(std::string path, Limits limits, std::shared_ptr<SpoolDisk> disk)
    : path_(std::move(path)), limits_(limits), disk_(std::move(disk)) {}

Spool::~Spool() {
  if (file_ >= 0) disk_->close(file_);
}

bool Spool::open() {
  if (file_ < 0) file_ = disk_->open(path_);
  return file_ >= 0;
}

std::int64_t Spool::size() const {
  if (file_ >= 0) return disk_->size(file_);
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path_, error);
  return error ? 0 : static_cast<std::int64_t>(bytes);
}

std::string Spool::write_all(const std::string& bytes, std::int64_t at) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::int64_t written =
        disk_->write(file_, bytes.data() + done, bytes.size() - done, at + static_cast<std::int64_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written == 0 ? "nothing was written" : std::strerror(errno);
    done += static_cast<std::size_t>(written);
  }
  if (!disk_->sync(file_)) return std::strerror(errno);
  return {};
}

namespace {

/// The whole file: it is bounded, and read after trouble only.
std::string read_whole(SpoolDisk& disk, int file, const std::string& path) {
  const std::int64_t size = disk.size(file);
  if (size < 0) fail(path, std::strerror(errno));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::int64_t read =
        disk.read(file, bytes.data() + done, bytes.size() - done, static_cast<std::int64_t>(done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) fail(path, std::strerror(errno));
    if (read == 0) break;
    done += static_cast<std::size_t>(read);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

/// Where the last whole record ends; 0 where there is not even a header. What follows was cut off by a crash.
std::int64_t Spool::end_of_whole_records() {
  const std::string bytes = read_whole(*disk_, file_, path_);
  std::string_view rest = bytes;
  const auto header = read_spool_header(rest);
  if (!header) return 0;
  rest.remove_prefix(header->size);
  while (const auto record = read_spool_record(rest)) rest.remove_prefix(record->size);
  return static_cast<std::int64_t>(bytes.size() - rest.size());
}

std::string Spool::append(const std::vector<ports::IntakeItem>& items) {
  const auto cannot = [&](const std::string& why) { return path_ + " cannot be written: " + why; };
  if (limits_.largest == 0) return "no spool is used";
  const bool there = size() > 0;
  if (!open()) return cannot(std::strerror(errno));
  const Locked locked(*this);
  if (!locked) return cannot(std::strerror(errno));
  try {
    std::int64_t end = disk_->size(file_);
    if (end < 0) return cannot(std::strerror(errno));
    if (end != known_end_) end = end_of_whole_records();
    std::string bytes;
    if (end == 0) bytes = spool_header(new_spool_id());
    for (const ports::IntakeItem& item : items) bytes += spool_record(item);
    if (end + static_cast<std::int64_t>(bytes.size()) > limits_.largest) {
      return path_ + " is full: it holds " + std::to_string(end) + " bytes that the database has not taken";
    }
    std::string trouble = write_all(bytes, end);
    if (trouble.empty() && !there && !disk_->sync_folder_of(path_)) trouble = std::strerror(errno);
    if (!trouble.empty()) {
      // The sender is told that it was not kept. Where it cannot be cut off either, it may still become a
      // row, as after a crash between a commit and its answer.
      disk_->truncate(file_, end);
      known_end_ = -1;
      return cannot(trouble);
    }
    known_end_ = end + static_cast<std::int64_t>(bytes.size());
    return {};
  } catch (const ports::StoreError& error) {
    return error.what();
  }
}

std::size_t Spool::drain(ports::IntakeStore& store, core::Millis wait) {
  if (size() <= 0) return 0;
  if (!open()) fail(path_, std::strerror(errno));
  const Locked locked(*this);
  if (!locked) fail(path_, std::strerror(errno));
  const std::string bytes = read_whole(*disk_, file_, path_);
  std::size_t count = 0;
  if (const auto header = read_spool_header(bytes)) {
    std::size_t at = header->size;
    const auto position = store.spool_position();
    if (position && position->spool_id == header->spool_id)
      at = std::min(std::max(at, static_cast<std::size_t>(position->taken)), bytes.size());
    for (;;) {
      std::vector<ports::IntakeItem> group;
      while (group.size() < kItemsInGroup) {
        auto record = read_spool_record(std::string_view(bytes).substr(at));
        if (!record) break;
        group.push_back(std::move(record->item));
        at += record->size;
      }
      if (group.empty()) break;
      store.commit(group, wait, ports::SpoolPosition{header->spool_id, static_cast<std::int64_t>(at)});
      count += group.size();
    }
  }
  // The position in the database knows better than the file, should this be lost in a crash.
  if (!disk_->truncate(file_, 0)) fail(path_, std::strerror(errno));
  disk_->sync(file_);
  known_end_ = 0;
  return count;
}

}  // namespace keitaro_outbox::intake
