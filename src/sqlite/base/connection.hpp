#pragma once

#include <chrono>
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
  bool coalesces_writes = false;                      ///< See write_coalescing_vfs().
  core::Millis busy_limit = std::chrono::seconds{5};  ///< How long a call waits for another's lock.
};

/// Our connection to an application's database file, with settings of its own that leave the file's alone:
/// commits reach the disk before they return, checkpoints are left to others, the cache is bounded, and
/// waiting for a lock is fair. One thread at a time.
class Connection {
 public:
  /// Throws StoreError when the file is missing, is no database, or cannot be written.
  explicit Connection(const std::string& path, const ConnectionOptions& options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLite::Database& database() const { return *database_; }
  sqlite3* handle() const;
  /// From now on calls wait no longer than this for another's lock.
  void wait_at_most(core::Millis limit);

 private:
  struct BusyWait;
  static int wait_a_little(void* busy_wait, int calls) noexcept;

  std::unique_ptr<BusyWait> busy_wait_;
  std::unique_ptr<SQLite::Database> database_;
};

}  // namespace keitaro_outbox::sqlite
