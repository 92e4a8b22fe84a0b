#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/text/time.hpp"

struct sqlite3;
namespace SQLite {
class Database;
}

namespace keitaro_outbox::sqlite {

struct ConnectionOptions {
  bool create = false;                                ///< Make the file when there is none (for `init`).
  bool reading_will_do = false;                       ///< Where it cannot be written, open it for reading.
  bool coalesces_writes = false;                      ///< See write_coalescing_vfs().
  core::Millis busy_limit = std::chrono::seconds{5};  ///< How long a call waits for another's lock.
};

/// Our connection to an application's database file, with settings of its own that leave the file's alone:
/// commits reach the disk before they return, checkpoints are left to others, the cache is bounded, and
/// waiting for a lock is fair. One thread at a time.
class Connection {
 public:
  /// Throws StoreError when the file is missing, is no database, or cannot be written (or read, where that
  /// will do).
  explicit Connection(const std::string& path, const ConnectionOptions& options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// How the file was opened; anything but `write` only with ConnectionOptions::reading_will_do.
  enum class Access : std::uint8_t {
    write,
    read,   ///< Through SQLite's log and locks, as others that have the database open.
    frozen  ///< Nobody had it open, and without write permission SQLite cannot take part: read as if it
            ///< never changed. False once somebody writes.
  };
  Access access() const { return access_; }

  SQLite::Database& database() const { return *database_; }
  sqlite3* handle() const;
  /// From now on calls wait no longer than this for another's lock.
  void wait_at_most(core::Millis limit);

 private:
  struct BusyWait;
  static int wait_a_little(void* busy_wait, int calls) noexcept;

  void set_up(const std::string& path, const ConnectionOptions& options);
  void open_for_reading(const std::string& path, const ConnectionOptions& options);

  std::unique_ptr<BusyWait> busy_wait_;
  Access access_ = Access::write;
  std::unique_ptr<SQLite::Database> database_;
};

/// What cannot be known as it was opened, a sentence for people; empty where there is no doubt.
std::string what_is_unsure(const Connection& connection);

}  // namespace keitaro_outbox::sqlite
