#include "intake/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

std::int64_t Spool::size() const noexcept {
  if (file_ >= 0) return disk_->size(file_);
  struct stat info {};
  return ::stat(path_.c_str(), &info) == 0 ? info.st_size : 0;
}

std::string Spool::write_all(int file, const std::string& bytes, std::int64_t at) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::int64_t written =
        disk_->write(file, bytes.data() + done, bytes.size() - done, at + static_cast<std::int64_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written == 0 ? "nothing was written" : std::strerror(errno);
    done += static_cast<std::size_t>(written);
  }
  if (!disk_->sync(file)) return std::strerror(errno);
  return {};
}

namespace {

/// Bytes of the file, from `at` on.
std::string read_from(SpoolDisk& disk, int file, std::int64_t at, const std::string& path) {
  const std::int64_t size = disk.size(file);
  if (size < 0) fail(path, std::strerror(errno));
  std::string bytes(static_cast<std::size_t>(std::max<std::int64_t>(0, size - at)), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::int64_t read =
        disk.read(file, bytes.data() + done, bytes.size() - done, at + static_cast<std::int64_t>(done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) fail(path, std::strerror(errno));
    if (read == 0) break;
    done += static_cast<std::size_t>(read);
  }
  bytes.resize(done);
  return bytes;
}

/// The line that `bytes` begin with, with its end.
std::string_view first_line(std::string_view bytes) {
  return bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
}

}  // namespace

std::string Spool::append(const std::vector<ports::IntakeItem>& items) {
  const auto cannot = [&](const std::string& why) { return path_ + " cannot be written: " + why; };
  if (limits_.largest == 0) return "no spool is used";
  const bool there = size() > 0;
  if (!open()) return cannot(std::strerror(errno));
  const Locked locked(*this);
  if (!locked) return cannot(std::strerror(errno));
  try {
    const std::int64_t end = disk_->size(file_);
    if (end < 0) return cannot(std::strerror(errno));
    std::string bytes;
    if (end == 0) {
      bytes = spool_header(new_spool_id());
    } else if (read_from(*disk_, file_, end - 1, path_) != "\n") {
      bytes = "\n";  // A crash cut the last record off.
    }
    for (const ports::IntakeItem& item : items) bytes += spool_record(item);
    if (end + static_cast<std::int64_t>(bytes.size()) > limits_.largest) {
      return path_ + " is full: it holds " + std::to_string(end) + " bytes that the database has not taken";
    }
    std::string trouble = write_all(file_, bytes, end);
    if (trouble.empty() && !there && !disk_->sync_folder_of(path_)) trouble = std::strerror(errno);
    if (!trouble.empty()) {
      // The sender is told that it was not kept. Where it cannot be cut off either, it may still become a
      // row, as after a crash between a commit and its answer.
      disk_->truncate(file_, end);
      return cannot(trouble);
    }
    return {};
  } catch (const ports::StoreError& error) {
    return error.what();
  }
}

Spool::Drained Spool::drain(ports::IntakeStore& store, core::Millis wait) {
  if (size() <= 0) return {};
  if (!open()) fail(path_, std::strerror(errno));
  const Locked locked(*this);
  if (!locked) fail(path_, std::strerror(errno));
  const std::string bytes = read_from(*disk_, file_, 0, path_);
  const auto header = read_spool_header(bytes);
  // Without its id nothing is known of what was taken before; records must not be lost for that.
  const std::string id = header ? header->spool_id : "damaged-" + spool_checksum(bytes);
  const auto position = store.spool_position(id);
  const std::size_t taken = position ? static_cast<std::size_t>(position->taken) : 0;
  Drained drained;
  std::string aside;
  std::size_t at = header ? header->size : 0;
  while (at < bytes.size()) {
    std::vector<ports::IntakeItem> group;
    std::vector<std::string_view> lines;
    while (at < bytes.size() && group.size() < kItemsInGroup) {
      const std::string_view line = first_line(std::string_view(bytes).substr(at));
      auto record = read_spool_record(line);
      if (!record) {
        aside += line;
        ++drained.set_aside;
      } else if (at >= taken) {
        group.push_back(std::move(record->item));
        lines.push_back(line);
      }
      at += line.size();
    }
    if (group.empty()) continue;
    const auto outcomes = store.commit(group, wait, ports::SpoolPosition{id, static_cast<std::int64_t>(at)});
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!std::holds_alternative<ports::RejectNotKept>(outcomes[i])) {
        ++drained.items;
      } else {
        aside += lines[i];
        ++drained.set_aside;
      }
    }
  }
  if (!aside.empty() && aside != set_aside_) set_aside(aside);
  // The position in the database knows better than the file, should this be lost in a crash.
  if (!disk_->truncate(file_, 0)) fail(path_, std::strerror(errno));
  disk_->sync(file_);
  set_aside_.clear();
  return drained;
}

/// Before the spool is emptied: a crash in between sets lines aside twice, and loses none.
void Spool::set_aside(const std::string& lines) {
  const std::string path = damaged_path();
  const int file = disk_->open(path);
  if (file < 0) fail(path, std::strerror(errno));
  const std::int64_t end = disk_->size(file);
  std::string trouble = end < 0 ? std::strerror(errno) : write_all(file, lines, end);
  if (trouble.empty() && !disk_->sync_folder_of(path)) trouble = std::strerror(errno);
  disk_->close(file);
  if (!trouble.empty()) fail(path, trouble);
  set_aside_ = lines;
}

}  // namespace keitaro_outbox::intake
