#pragma once

#include <cerrno>
#include <string>

#include "intake/spool.hpp"

namespace keitaro_outbox {

/// The system's calls for the spool, of which those fail that a test chooses.
class FailingSpoolDisk : public intake::SpoolDisk {
 public:
  int open(const std::string& path) override { return fails() ? -1 : SpoolDisk::open(path); }
  bool lock(int file) override { return !fails() && SpoolDisk::lock(file); }
  std::int64_t size(int file) override { return fails() ? -1 : SpoolDisk::size(file); }
  std::int64_t read(int file, char* into, std::size_t size, std::int64_t at) override {
    return fails() ? -1 : SpoolDisk::read(file, into, size, at);
  }
  std::int64_t write(int file, const char* from, std::size_t size, std::int64_t at) override {
    if (!fails()) return SpoolDisk::write(file, from, size, at);
    SpoolDisk::write(file, from, size / 2, at);  // A full disk takes a part.
    errno = ENOSPC;
    return -1;
  }
  bool truncate(int file, std::int64_t size) override { return !fails() && SpoolDisk::truncate(file, size); }
  bool sync(int file) override { return !fails() && SpoolDisk::sync(file); }
  bool sync_folder_of(const std::string& path) override {
    return !fails() && SpoolDisk::sync_folder_of(path);
  }

 private:
  /// Asked once for each call.
  virtual bool must_fail() = 0;

  bool fails() {
    if (!must_fail()) return false;
    errno = EIO;
    return true;
  }
};

}  // namespace keitaro_outbox
