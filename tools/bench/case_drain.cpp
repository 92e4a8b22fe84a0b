#include <algorithm>
#include <string>

#include "bench/cases.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr char kRate[] = "rows/s";
constexpr char kCpu[] = "CPU s/1,000";
constexpr char kTimes[] = "times";

/// What the loops do best with, where the receiver answers at once.
constexpr int kLoopInFlight = 32;

Run drain_new(Bench& bench, std::uint64_t rows, bool slow_fsync = false) {
  const std::string db = bench.make_outbox("outbox.db", rows);
  const Run run = bench.drain({db, bench.url(), {}, slow_fsync}, rows);
  remove_database(db);
  return run;
}

}  // namespace

void run_throughput(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    Run worker;
    Run bare;
    Run curl;
    in_turn(bench, {[&] { worker = drain_new(bench, rows); },
                    [&] { bare = bench.bare_loop(bench.url(), rows, kLoopInFlight); },
                    [&] { curl = bench.curl_loop(bench.url(), rows, kLoopInFlight); }});
    report.add("worker", kRate, worker.rate());
    report.add("bare loop: libcurl + SQLite, no rules", kRate, bare.rate());
    report.add("libcurl alone", kRate, curl.rate());
    report.add("worker / bare loop", kTimes, worker.rate() / bare.rate());
    report.add("worker / libcurl alone", kTimes, worker.rate() / curl.rate());
    report.add("worker, CPU", kCpu, worker.cpu_per_thousand());
    report.add("bare loop, CPU", kCpu, bare.cpu_per_thousand());
    report.add("libcurl alone, CPU", kCpu, curl.cpu_per_thousand());
    report.add("worker, start to the first outcome", "s", worker.start_seconds);
    // Near 1, the receiver is what limits.
    report.add("receiver's core in use, worker", kTimes, worker.receiver_cpu_seconds / worker.seconds);
    report.add("receiver's core in use, bare loop", kTimes, bare.receiver_cpu_seconds / bare.seconds);
    report.add("receiver's core in use, libcurl alone", kTimes, curl.receiver_cpu_seconds / curl.seconds);
  });
}

void run_backlog(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  const std::uint64_t backlog = bench.settings().backlog;
  in_rounds(bench, [&] {
    Run few;
    Run many;
    double bytes_before = 0;
    double bytes_after = 0;
    in_turn(bench, {[&] { few = drain_new(bench, rows); },
                    [&] {
                      const std::string db = bench.make_outbox("outbox.db", backlog);
                      bytes_before = static_cast<double>(size_of(db));
                      many = bench.drain({db, bench.url(), {}, false}, backlog);
                      bytes_after = static_cast<double>(size_of(db));
                      remove_database(db);
                    }});
    report.add("worker", kRate, many.rate());
    report.add("worker, a tenth of the rows", kRate, few.rate());
    report.add("of the rate with a tenth of the rows", kTimes, many.rate() / few.rate());
    report.add("peak memory of the worker", "MiB", many.peak_mib);
    report.add("peak memory, a tenth of the rows", "MiB", few.peak_mib);
    report.add("write-ahead log at its largest", "MiB", many.wal_mib);
    report.add("size of a waiting row", "bytes", bytes_before / static_cast<double>(backlog));
    report.add("size of a delivered row, ledger included", "bytes",
               bytes_after / static_cast<double>(backlog));
  });
}

void run_latency(Bench& bench, CaseReport& report) {
  constexpr std::chrono::milliseconds kLatency{50};
  constexpr int kInFlight = 1000;
  const double limit = kInFlight / std::chrono::duration<double>(kLatency).count();
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    Run worker;
    Run bare;
    double most_in_flight = 0;
    double worker_receiver = 0;
    double bare_receiver = 0;
    in_turn(bench, {[&] {
                      const std::string db = bench.make_outbox("outbox.db", rows);
                      Receiver receiver({.latency = kLatency});
                      const std::vector<std::string> flags{"--concurrency", std::to_string(kInFlight)};
                      worker = bench.drain({db, receiver.url(), flags, false}, rows);
                      most_in_flight = static_cast<double>(receiver.most_in_flight());
                      worker_receiver = receiver.cpu_seconds() / worker.seconds;
                      remove_database(db);
                    },
                    [&] {
                      Receiver receiver({.latency = kLatency});
                      bare = bench.bare_loop(receiver.url(), rows, kInFlight);
                      bare_receiver = receiver.cpu_seconds() / bare.seconds;
                    }});
    report.add("in flight at most", "requests", most_in_flight);
    report.add("worker", kRate, worker.rate());
    report.add("bare loop", kRate, bare.rate());
    report.add("what latency allows", kRate, limit);
    report.add("receiver's core in use, worker", kTimes, worker_receiver);
    report.add("receiver's core in use, bare loop", kTimes, bare_receiver);
    report.add("of the lower of both", kTimes, worker.rate() / std::min(bare.rate(), limit));
    report.add("worker, CPU", kCpu, worker.cpu_per_thousand());
    report.add("bare loop, CPU", kCpu, bare.cpu_per_thousand());
  });
}

void run_slow_fsync(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    Run fast;
    Run slow;
    Run bare_fast;
    Run bare_slow;
    in_turn(bench, {[&] { fast = drain_new(bench, rows); }, [&] { slow = drain_new(bench, rows, true); },
                    [&] { bare_fast = bench.bare_loop(bench.url(), rows, kLoopInFlight); },
                    [&] { bare_slow = bench.bare_loop(bench.url(), rows, kLoopInFlight, true); }});
    report.add("worker", kRate, slow.rate());
    report.add("worker, fsync as it is", kRate, fast.rate());
    report.add("bare loop", kRate, bare_slow.rate());
    report.add("bare loop, fsync as it is", kRate, bare_fast.rate());
    report.add("worker: of its rate without", kTimes, slow.rate() / fast.rate());
    report.add("bare loop: of its rate without", kTimes, bare_slow.rate() / bare_fast.rate());
  });
}

}  // namespace keitaro_outbox::bench
