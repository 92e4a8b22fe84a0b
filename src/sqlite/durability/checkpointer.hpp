#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/timing.hpp"

namespace keitaro_outbox::sqlite {

struct CheckpointerOptions {
  int every_pages = 4096;                               ///< Log pages between two checkpoints.
  int every_pages_beside_others = 400;                  ///< The same, see others_commit().
  std::int64_t restart_bytes = std::int64_t{64} << 20;  ///< Log size from which a restart is tried.
  TimingListener on_timing = {};                        ///< Told of each run by its thread. May be empty.
};

/// Moves the write-ahead log into the database on a thread and connection of its own, so that whoever commits
/// never pays for it. Costs nothing while nobody commits.
///
/// In normal running checkpoints are PASSIVE: they hold up nobody. Under writers that leave no gap the log is
/// then never used from its start again, so once it is larger than `restart_bytes`, and just after a PASSIVE
/// run has done the bulk, a RESTART is tried: it keeps writers out for the few pages that are left
/// (milliseconds), and gives up at once, without waiting, when somebody else writes, or reads an older state
/// of the database. A long reader can thus let the log grow, but never stops a writer.
class Checkpointer {
 public:
  struct Stats {
    std::uint64_t passive = 0;   ///< Runs.
    std::uint64_t restarts = 0;  ///< Those that succeeded.
    std::uint64_t failures = 0;
    std::string last_error;
    int log_pages = 0;  ///< As last told.
  };

  explicit Checkpointer(std::string database, CheckpointerOptions options = {});
  /// Lets a checkpoint under way end.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// To be told after each commit how many pages the log has (Store::on_wal_growth). Quick; from any thread.
  void log_has(int pages) noexcept;

  /// Whether others commit at present. By SQLite's default a connection that commits while the log has 1,000
  /// pages or more moves all of them by itself, which takes some ten times as long as its commit. So while
  /// they do, the log is moved in time, and whole, so that the next writer begins it anew. From any thread.
  void others_commit(bool they_do) noexcept;

  /// Is told so by each commit of this connection, until it is closed.
  void follow(sqlite3* db);

  /// Failures are only told here: the next growth of the log is the next try.
  Stats stats() const;

 private:
  /// What a PASSIVE run found in the log, and how much of that is in the database by now.
  struct Moved {
    int in_log = 0;
    int pages = 0;
    int left() const { return in_log - pages; }
  };

  void run();
  void note(const std::exception_ptr& failure) noexcept;
  void checkpoint(int log_pages);
  std::optional<Moved> run_passive();
  void try_restart();
  bool due() const;
  bool more_to_move(const Moved& moved) const;
  bool stopping() const;

  const std::string database_;
  const CheckpointerOptions options_;
  std::unique_ptr<Connection> connection_;  // Used by the thread only.
  std::int64_t frame_bytes_ = 0;            // The same.

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Stats stats_;
  int seen_pages_ = 0;    // The log's pages at the last run.
  int runs_in_vain_ = 0;  // Since the log was begun anew last.
  bool others_commit_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace keitaro_outbox::sqlite
