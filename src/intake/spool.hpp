#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ports/intake_store.hpp"

namespace keitaro_outbox::intake {

/// The calls that a spool makes of the operating system, so that a test can make one of them fail. All give
/// what the system's own do, and set errno.
class SpoolDisk {
 public:
  virtual ~SpoolDisk() = default;
  virtual int open(const std::string& path);
  virtual void close(int file);
  virtual bool lock(int file);  ///< Waits for other processes.
  virtual void unlock(int file);
  virtual std::int64_t size(int file);  ///< -1 when it cannot be told.
  virtual std::int64_t read(int file, char* into, std::size_t size, std::int64_t at);
  virtual std::int64_t write(int file, const char* from, std::size_t size, std::int64_t at);
  virtual bool truncate(int file, std::int64_t size);
  virtual bool sync(int file);
  virtual bool sync_folder_of(const std::string& path);
};

/// What came in while the database could not take it: a file beside it, appended to and synced before a
/// sender is told so. Each record has a length and a checksum, so that one that a crash cut off is known; it
/// was never answered for. Several processes may use one file; each call holds its lock.
class Spool {
 public:
  struct Limits {
    std::int64_t largest = 64 * 1024 * 1024;  ///< Bytes; more is not taken. 0: nothing, it is only drained.
  };

  Spool(std::string path, Limits limits, std::shared_ptr<SpoolDisk> disk = std::make_shared<SpoolDisk>());
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Bytes in it; 0 where there is no file. Costs one call of the system.
  std::int64_t size() const;

  /// Appends all of `items` and syncs the file. Returns why it could not, having appended nothing; empty for
  /// done.
  std::string append(const std::vector<ports::IntakeItem>& items);

  /// Commits all that is in it, in its order, in groups, and empties it. What was committed by an earlier
  /// call, or by another process, is not committed again. Throws ports::StoreError: then the rest stays.
  /// Gives the number of items.
  std::size_t drain(ports::IntakeStore& store, core::Millis wait);

 private:
  class Locked;
  struct Group;

  bool open();
  std::string write_all(const std::string& bytes, std::int64_t at);
  std::int64_t end_of_whole_records();

  const std::string path_;
  const Limits limits_;
  const std::shared_ptr<SpoolDisk> disk_;
  int file_ = -1;
  std::int64_t known_end_ = 0;  ///< Up to here all records are whole.
};

}  // namespace keitaro_outbox::intake
