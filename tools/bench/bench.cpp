#include "bench/bench.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "bench/fill.hpp"
#include "bench/queue_watch.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLoopLimit = 10min;
constexpr auto kStopLimit = 30s;
constexpr auto kPatience = 120s;  // A busy disk can keep an fsync for tens of seconds.
constexpr double kMib = 1024 * 1024;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

}  // namespace

Bench::Bench(const Settings& settings, std::chrono::seconds usual)
    : settings_(settings),
      folder_(settings.dir),
      histories_(
          settings.keep.empty() ? folder_.path() : settings.keep, folder_.path(),
          [this](const std::string& file) { init(file); },
          [this](const std::string& what, std::uint64_t done, std::uint64_t of) {
            progress_.show(what, done, of);
          }),
      plan_(TimePlan::Clock::now(), settings.time, usual) {
  const auto nginx = settings.own_receiver ? std::nullopt : find_nginx();
  if (nginx) {
    url_ = nginx_.emplace(*nginx, folder_.path()).url();
  } else {
    url_ = receiver_.emplace().url();
  }
}

void Bench::begin_case(int rounds, std::chrono::seconds usual) {
  rounds_ = rounds;
  plan_.begin_case(TimePlan::Clock::now(), rounds * usual);
}

void Bench::begin_rounds() {
  round_ = 0;
  plan_.begin_round(TimePlan::Clock::now());
}

bool Bench::another_round() {
  ++round_;
  return round_ < rounds_ && plan_.another_round(TimePlan::Clock::now());
}

void Bench::init(const std::string& db) {
  Child child({{settings_.worker, "init", "--db", db}, {}, path("worker.log")});
  if (child.wait(kStopLimit).exit_code != 0) {
    throw std::runtime_error("keitaro-outbox init failed: " + log_end());
  }
}

std::string Bench::make_outbox(const std::string& name, std::uint64_t pending) {
  const std::string db = path(name);
  remove_database(db);
  init(db);
  add_pending(db, pending);
  return db;
}

void Bench::add_pending(const std::string& db, std::uint64_t rows) {
  if (rows == 0) return;
  fill_pending(db, rows, next_seed(),
               [&](std::uint64_t done) { progress_.show("waiting rows", done, rows); });
}

std::string Bench::history_outbox(std::uint64_t history, std::uint64_t pending) {
  const std::string db = histories_.with(history, pending);
  add_pending(db, pending);
  return db;
}

double Bench::receiver_cpu_seconds() const {
  return nginx_ ? nginx_->cpu_seconds() : receiver_->cpu_seconds();
}

Run Bench::drain(const WorkerCall& call, std::uint64_t rows) {
  QueueWatch watch(call.db);
  const std::int64_t last_before = watch.last_id() - static_cast<std::int64_t>(rows);
  Run run;
  run.rows = rows;

  const double receiver_before = receiver_cpu_seconds();
  const auto begun = Clock::now();
  Worker worker(*this, call);
  std::uint64_t wal = 0;
  watch.wait_until_empty(kPatience, [&](std::uint64_t gone) {
    worker.must_run();
    if (gone > 0 && run.start_seconds == 0) run.start_seconds = seconds_since(begun);
    wal = std::max(wal, size_of(call.db + "-wal"));
    progress_.show("the worker", gone, rows);
  });
  run.seconds = seconds_since(begun);
  run.receiver_cpu_seconds = receiver_cpu_seconds() - receiver_before;
  run.wal_mib = static_cast<double>(std::max(wal, size_of(call.db + "-wal"))) / kMib;
  run.peak_mib = worker.process().peak_mib();
  run.cpu_seconds = worker.stop().cpu_seconds;
  const std::uint64_t delivered = watch.delivered_after(last_before);
  if (delivered != rows) {
    throw std::runtime_error("of " + std::to_string(rows) + " rows only " + std::to_string(delivered) +
                             " were delivered: " + log_end());
  }
  return run;
}

Run Bench::bare_loop(const std::string& url, std::uint64_t rows, int in_flight, bool slow_fsync) {
  const std::string db = path("queue.db");
  remove_database(db);
  progress_.show("rows for the bare loop");
  make_queue(db, rows, next_seed());
  progress_.show("the bare loop");
  const Run run = loop({"bare-loop", url, std::to_string(in_flight), db}, rows, slow_fsync);
  remove_database(db);
  return run;
}

Run Bench::curl_loop(const std::string& url, std::uint64_t requests, int in_flight) {
  progress_.show("libcurl alone");
  return loop({"curl-loop", url, std::to_string(in_flight), std::to_string(requests)}, requests, false);
}

Run Bench::loop(std::vector<std::string> arguments, std::uint64_t rows, bool slow_fsync) {
  arguments.insert(arguments.begin(), own_executable().string());
  Run run;
  run.rows = rows;
  const double receiver_before = receiver_cpu_seconds();
  const auto begun = Clock::now();
  Child child(
      {arguments, slow_fsync ? slow_fsync_environment() : std::vector<std::string>{}, path("loop.log")});
  const Ended ended = child.wait(kLoopLimit);
  run.seconds = seconds_since(begun);
  run.cpu_seconds = ended.cpu_seconds;
  run.receiver_cpu_seconds = receiver_cpu_seconds() - receiver_before;
  if (ended.exit_code != 0)
    throw std::runtime_error("the bare loop failed: " + end_of_file(path("loop.log")));
  return run;
}

double Bench::time_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), settings_.worker);
  const std::string log = path("command.log");
  std::filesystem::remove(log);
  const auto begun = Clock::now();
  Child child({arguments, {}, log});
  const Ended ended = child.wait(kLoopLimit);
  const double seconds = seconds_since(begun);
  if (ended.exit_code != 0) {
    throw std::runtime_error("keitaro-outbox " + arguments[1] + " failed: " + end_of_file(log));
  }
  return seconds;
}

Command Bench::worker_command(const WorkerCall& call) const {
  Command command{{settings_.worker, "run", "--db", call.db},
                  call.slow_fsync ? slow_fsync_environment() : std::vector<std::string>{},
                  path("worker.log")};
  if (!call.url.empty()) {
    command.arguments.insert(command.arguments.end(), {"--to", call.url, "--allow-private"});
  }
  command.arguments.insert(command.arguments.end(), call.flags.begin(), call.flags.end());
  if (!call.trusted.empty()) {
    // The worker trusts the system's certificates and no others: it is shown another system.
    const std::vector<std::string> shown{
        "/usr/bin/unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "/bin/sh",
        "-c",
        "mount --bind \"$0\" /etc/ssl/certs/ca-certificates.crt && exec \"$@\"",
        call.trusted};
    command.arguments.insert(command.arguments.begin(), shown.begin(), shown.end());
  }
  return command;
}

Command Bench::intake_command(const std::string& db, const std::string& config, const std::string& log,
                              bool slow_fsync) const {
  return {{settings_.worker, "intake", "--db", db, "--config", config, "--log-level", "info"},
          slow_fsync ? slow_fsync_environment() : std::vector<std::string>{},
          log};
}

std::string Bench::slow_fsync_library() const {
  return (own_executable().parent_path() / "libkeitaro-bench-slow-fsync.so").string();
}

std::vector<std::string> Bench::slow_fsync_environment() const {
  const std::string library = slow_fsync_library();
  if (!std::filesystem::exists(library))
    throw std::runtime_error(library + " is missing: build it with the bench");
  return {"LD_PRELOAD=" + library, "KEITARO_BENCH_FSYNC_MICROSECONDS=2000"};
}

Worker::Worker(const Bench& bench, const WorkerCall& call)
    : bench_(bench), child_(bench.worker_command(call)) {}

void Worker::must_run() {
  if (!child_.running()) throw std::runtime_error("the worker ended by itself: " + bench_.log_end());
}

Ended Worker::stop() {
  must_run();
  child_.signal(SIGTERM);
  const Ended ended = child_.wait(kStopLimit);
  if (ended.exit_code != 0) {
    throw std::runtime_error("the worker ended with exit code " + std::to_string(ended.exit_code) + ": " +
                             bench_.log_end());
  }
  return ended;
}

void Worker::kill() {
  child_.signal(SIGKILL);
  child_.wait(kStopLimit);
}

}  // namespace keitaro_outbox::bench
