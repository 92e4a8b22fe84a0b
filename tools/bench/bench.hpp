#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/child.hpp"
#include "bench/files.hpp"
#include "bench/nginx.hpp"
#include "bench/progress.hpp"
#include "bench/receiver.hpp"
#include "bench/settings.hpp"

namespace keitaro_outbox::bench {

/// What a loop or a worker needed for its rows.
struct Run {
  double seconds = 0;      ///< From the start of the process to the last outcome in the database.
  double cpu_seconds = 0;  ///< Of the process, its whole life.
  std::uint64_t rows = 0;
  double peak_mib = 0;  ///< Memory. Workers only.
  double wal_mib = 0;   ///< The largest that the write-ahead log was. Workers only.

  double rate() const { return static_cast<double>(rows) / seconds; }
  double cpu_per_thousand() const { return cpu_seconds / static_cast<double>(rows) * 1000; }
};

/// How a worker is started.
struct WorkerCall {
  std::string db;
  std::string url;
  std::vector<std::string> flags;  ///< Beside `--allow-private`.
  bool slow_fsync = false;         ///< Each fsync takes 2 ms longer.
};

/// What the cases share: settings, a folder for databases, a fast receiver, and ways to start what is
/// measured.
class Bench {
 public:
  explicit Bench(const Settings& settings);

  const Settings& settings() const { return settings_; }
  Progress& progress() { return progress_; }
  std::string receiver_name() const { return nginx_ ? "nginx, one process" : "our own, one thread"; }
  const std::string& url() const { return url_; }  ///< Of the receiver that answers at once.

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void remove_database(const std::string& path) const;
  std::uint64_t next_seed() { return ++seed_; }

  /// A new database with the outbox's schema and `pending` rows that wait.
  std::string make_outbox(const std::string& name, std::uint64_t pending);
  void add_pending(const std::string& db, std::uint64_t rows);

  /// The database with a long history: makes it, or adds to it, until it has `rows` delivered rows and as
  /// many ledger entries. Drained again by each case that uses it.
  std::string history_outbox(std::uint64_t rows);

  /// Throws std::runtime_error with the end of the worker's log when it goes wrong.
  Run drain(const WorkerCall& call, std::uint64_t rows);
  Run bare_loop(const std::string& url, std::uint64_t rows, int in_flight, bool slow_fsync = false);
  Run curl_loop(const std::string& url, std::uint64_t requests, int in_flight);

  Command worker_command(const WorkerCall& call) const;
  std::string log_end() const { return end_of_file(path("worker.log")); }

 private:
  std::string slow_fsync_library() const;
  std::vector<std::string> slow_fsync_environment() const;
  Run loop(std::vector<std::string> arguments, std::uint64_t rows, bool slow_fsync);

  const Settings settings_;
  WorkFolder folder_;
  Progress progress_;
  std::optional<Nginx> nginx_;
  std::optional<Receiver> receiver_;
  std::string url_;
  std::uint64_t history_ = 0;
  std::uint64_t seed_ = 1000;
};

/// A running worker. Ended, whatever happens, with this object.
class Worker {
 public:
  Worker(const Bench& bench, const WorkerCall& call);

  Child& process() { return child_; }

  /// Throws std::runtime_error with the end of its log when it has ended by itself.
  void must_run();

  /// SIGTERM; throws when it does not end well, or not in time.
  Ended stop();
  void kill();

 private:
  const Bench& bench_;
  Child child_;
};

}  // namespace keitaro_outbox::bench
