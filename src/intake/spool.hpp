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
/// sender is told so. Each record is a line with a length and a checksum. A line that is none, as a crash cut
/// it off or the disk damaged it, holds up no other: it is set aside in a file of its own. Several processes
/// may use one spool; each call holds its lock.
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
  std::int64_t size() const noexcept;

  /// Appends all of `items` and syncs the file. Returns why it could not, having appended nothing; empty for
  /// done.
  std::string append(const std::vector<ports::IntakeItem>& items);

  struct Drained {
    std::size_t items = 0;      ///< Committed.
    std::size_t set_aside = 0;  ///< Lines that are now in the file of damaged ones.
  };

  /// Commits all that is in it, in its order, in groups, and empties it. What was committed by an earlier
  /// call, or by another process, is not committed again. Throws ports::StoreError: then the rest stays.
  Drained drain(ports::IntakeStore& store, core::Millis wait);

  /// Where damaged lines are set aside, and items that the store could keep neither as a row nor as a reject.
  std::string damaged_path() const { return path_ + "-damaged"; }

 private:
  class Locked;

  bool open();
  std::string write_all(int file, const std::string& bytes, std::int64_t at);
  void set_aside(const std::string& lines);

  const std::string path_;
  const Limits limits_;
  const std::shared_ptr<SpoolDisk> disk_;
  int file_ = -1;
  std::string set_aside_;  ///< What was set aside last, should emptying the spool fail after that.
};

}  // namespace keitaro_outbox::intake
