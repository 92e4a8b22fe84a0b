#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/child.hpp"
#include "bench/files.hpp"
#include "bench/histories.hpp"
#include "bench/nginx.hpp"
#include "bench/progress.hpp"
#include "bench/receiver.hpp"
#include "bench/settings.hpp"
#include "bench/time_plan.hpp"

namespace keitaro_outbox::bench {

/// What a loop or a worker needed for its rows.
struct Run {
  double seconds = 0;      ///< From the start of the process to the last outcome in the database.
  double cpu_seconds = 0;  ///< Of the process, its whole life.
  std::uint64_t rows = 0;
  double peak_mib = 0;              ///< Memory. Workers only.
  double wal_mib = 0;               ///< The largest that the write-ahead log was. Workers only.
  double start_seconds = 0;         ///< Of `seconds`, those until the first outcome. Workers only.
  double receiver_cpu_seconds = 0;  ///< Of the receiver that answers at once, meanwhile.

  /// Rows a second, the start included.
  double rate() const { return static_cast<double>(rows) / seconds; }
  double cpu_per_thousand() const { return cpu_seconds / static_cast<double>(rows) * 1000; }
};

/// How a worker is started.
struct WorkerCall {
  std::string db;
  std::string url;                 ///< Of the tracker `default`; empty where a `--config` in `flags` says it.
  std::vector<std::string> flags;  ///< Beside `--to` and `--allow-private`.
  bool slow_fsync = false;         ///< Each fsync takes 2 ms longer.
  std::string trusted = {};        ///< A PEM file that is trusted in place of this system's certificates.
};

/// What the cases share: settings, a folder for databases, a fast receiver, and ways to start what is
/// measured.
class Bench {
 public:
  /// `usual`: how long all chosen cases usually take with all their rounds.
  Bench(const Settings& settings, std::chrono::seconds usual);

  const Settings& settings() const { return settings_; }
  Progress& progress() { return progress_; }
  std::string receiver_name() const { return nginx_ ? "nginx, one process" : "our own, one thread"; }
  /// CPU seconds, so far, of the processes that live as long as this object.
  double lasting_children_cpu_seconds() const { return nginx_ ? nginx_->cpu_seconds() : 0; }
  double receiver_cpu_seconds() const;             ///< Of the receiver that answers at once, so far.
  const std::string& url() const { return url_; }  ///< Of the receiver that answers at once.

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::uint64_t next_seed() { return ++seed_; }

  /// A new database with the outbox's schema and `pending` rows that wait.
  std::string make_outbox(const std::string& name, std::uint64_t pending);
  void add_pending(const std::string& db, std::uint64_t rows);

  /// A database with `history` delivered rows, as many ledger entries, and `pending` rows that wait.
  std::string history_outbox(std::uint64_t history, std::uint64_t pending);

  /// Throws std::runtime_error with the end of the worker's log when it goes wrong.
  /// Has the database ready that history_outbox() copies, which may take minutes.
  void prepare_history(std::uint64_t history) { histories_.prepare(history); }

  /// The worker is to deliver each of the `rows` that wait.
  Run drain(const WorkerCall& call, std::uint64_t rows);
  /// Seconds that keitaro-outbox takes for `arguments`. It must end well.
  double time_command(std::vector<std::string> arguments);
  Run bare_loop(const std::string& url, std::uint64_t rows, int in_flight, bool slow_fsync = false);
  Run curl_loop(const std::string& url, std::uint64_t requests, int in_flight);

  /// A case begins that is to have so many rounds, each of which usually takes so long.
  void begin_case(int rounds, std::chrono::seconds usual);
  /// Whether there is one more, and time for it.
  bool another_round();
  int rounds() const { return rounds_; }
  int round() const { return round_; }  ///< From 0, in the present case.
  void begin_rounds();

  Command worker_command(const WorkerCall& call) const;
  /// `intake`, alone. `log` is the file that it writes to.
  Command intake_command(const std::string& db, const std::string& config, const std::string& log,
                         bool slow_fsync) const;
  std::string log_end() const { return end_of_file(path("worker.log")); }

 private:
  void init(const std::string& db);
  std::string slow_fsync_library() const;
  std::vector<std::string> slow_fsync_environment() const;
  Run loop(std::vector<std::string> arguments, std::uint64_t rows, bool slow_fsync);

  const Settings settings_;
  WorkFolder folder_;
  Progress progress_;
  std::optional<Nginx> nginx_;
  std::optional<Receiver> receiver_;
  std::string url_;
  Histories histories_;
  TimePlan plan_;
  int rounds_ = 1;
  int round_ = 0;
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
