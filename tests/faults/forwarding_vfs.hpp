#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::faults {

/// What SQLite asks of the world. Closing and giving up locks are left out: they cannot fail in a way that
/// anybody could act upon.
enum class Io : std::uint8_t {
  open,
  remove,
  exists,
  read,
  write,
  truncate,
  sync,
  size,
  lock,
  shm_map,
  shm_lock
};

struct IoCall {
  Io what;
  const std::string& path;
  std::int64_t offset = 0;      ///< Of read and write; the new size for truncate.
  const void* bytes = nullptr;  ///< What is written.
  int size = 0;                 ///< Bytes read or written.
  bool syncs_folder = false;    ///< For remove and sync: the folder's entries are made durable as well.
};

/// Stands between SQLite and the file system. Called on whatever thread SQLite is called on.
class IoListener {
 public:
  virtual ~IoListener() = default;
  /// An SQLite result code: anything but SQLITE_OK is given back in place of making the call.
  virtual int before(const IoCall&) { return 0; }
  /// After a call that succeeded.
  virtual void after(const IoCall&) {}
};

/// Makes a VFS that forwards to the usual one the default of this process, at the first call; SQLite opens
/// all files through it from then on. `listener` sees the calls until another one is set; null for none. Not
/// while a database is open on another thread.
void listen_to_sqlite(IoListener* listener);

}  // namespace keitaro_outbox::faults
