#pragma once

#include <string>

#include "core/text/time.hpp"
#include "process/file_descriptor.hpp"

namespace keitaro_outbox::sqlite {

/// Lets one worker at a time drain a database, on one host. An operating-system lock on a file beside the
/// database: the kernel releases it when its holder dies, however that comes about, so no clock is involved.
/// The file stays when the lock goes; it must not be deleted while a worker runs.
///
/// A child that the holder forks without exec shares the lock: it is released when both are gone, or by the
/// destructor.
class WriterLock {
 public:
  /// `FILE-outbox-lock`, where FILE is what `database` is after all symbolic links: every way to a file leads
  /// to the same lock. Throws StoreError when there is no such database.
  static std::string path_for(const std::string& database);

  /// Opens the lock file, making it with the database's owner and permissions when there is none. Takes no
  /// lock yet. Never opens the database: closing any descriptor of it would drop SQLite's locks. Throws
  /// StoreError.
  explicit WriterLock(const std::string& database);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

  /// Takes the lock unless another has it. Never waits. True as well when it is held by this object already.
  /// Throws StoreError when the lock file cannot be opened any more.
  bool try_acquire();

  /// Waits up to `limit` for the lock, and comes back early, without it, when `stop_fd` (-1 for none) becomes
  /// readable. Takes the lock within a millisecond or so of its release where the hint works, and within
  /// `slow_poll` where it does not.
  bool acquire_within(core::Millis limit, int stop_fd = -1, core::Millis slow_poll = core::Millis{1'000});

  bool held() const { return held_; }

  /// Readable when the holder may have gone; -1 when no hint is to be had. The hint comes just before the
  /// kernel releases the lock: drain it, then try again in short steps for 20 ms (as acquire_within() does).
  /// A slow poll remains the guarantee.
  int wake_fd() const { return watch_.get(); }
  void drain_wake();

  const std::string& path() const { return path_; }

  /// The lock file, for what is kept in it (RecoveryJournal).
  int fd() const { return file_.get(); }

  /// Whether the lock that is held excludes nobody any more: its file was deleted or replaced, or the path of
  /// the database leads to another file.
  bool lost() const;

  /// The first half of it: whether the lock file is still the one that this lock is on.
  bool is_current_file() const;

  /// Gives up a lock that is lost, and takes the one that counts now, unless another has it. Throws
  /// StoreError.
  bool take_again();

 private:
  void open_file();

  std::string database_;
  std::string path_;
  process::FileDescriptor file_;
  process::FileDescriptor watch_;
  bool held_ = false;
};

}  // namespace keitaro_outbox::sqlite
