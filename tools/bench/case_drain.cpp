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
  bench.remove_database(db);
  return run;
}

}  // namespace

void run_throughput(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    const Run worker = drain_new(bench, rows);
    const Run bare = bench.bare_loop(bench.url(), rows, kLoopInFlight);
    const Run curl = bench.curl_loop(bench.url(), rows, kLoopInFlight);
    report.add("worker", kRate, worker.rate());
    report.add("bare loop: libcurl + SQLite, no rules", kRate, bare.rate());
    report.add("libcurl alone", kRate, curl.rate());
    report.add("worker / bare loop", kTimes, worker.rate() / bare.rate(), at_least(0.85));
    report.add("worker / libcurl alone", kTimes, worker.rate() / curl.rate());
    report.add("worker, CPU", kCpu, worker.cpu_per_thousand(), at_most(0.035));
    report.add("bare loop, CPU", kCpu, bare.cpu_per_thousand());
    report.add("libcurl alone, CPU", kCpu, curl.cpu_per_thousand());
  });
}

void run_backlog(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  const std::uint64_t backlog = bench.settings().backlog;
  in_rounds(bench, [&] {
    const Run few = drain_new(bench, rows);
    const std::string db = bench.make_outbox("outbox.db", backlog);
    const std::uint64_t bytes_before = size_of(db);
    const Run many = bench.drain({db, bench.url(), {}, false}, backlog);
    const double bytes_after = static_cast<double>(size_of(db));
    bench.remove_database(db);
    report.add("worker", kRate, many.rate());
    report.add("worker, a tenth of the rows", kRate, few.rate());
    report.add("of the rate with a tenth of the rows", kTimes, many.rate() / few.rate(), at_least(0.9));
    report.add("peak memory of the worker", "MiB", many.peak_mib, never_above(64));
    report.add("peak memory, a tenth of the rows", "MiB", few.peak_mib);
    report.add("write-ahead log at its largest", "MiB", many.wal_mib, never_above(128));
    report.add("size of a waiting row", "bytes",
               static_cast<double>(bytes_before) / static_cast<double>(backlog));
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
    const std::string db = bench.make_outbox("outbox.db", rows);
    Run worker;
    {
      Receiver receiver({.latency = kLatency});
      worker = bench.drain({db, receiver.url(), {"--concurrency", std::to_string(kInFlight)}, false}, rows);
      report.add("in flight at most", "requests", static_cast<double>(receiver.most_in_flight()),
                 never_above(kInFlight));
    }
    bench.remove_database(db);
    Receiver receiver({.latency = kLatency});
    const Run bare = bench.bare_loop(receiver.url(), rows, kInFlight);
    report.add("worker", kRate, worker.rate());
    report.add("bare loop", kRate, bare.rate());
    report.add("what latency allows", kRate, limit);
    report.add("of the lower of both", kTimes, worker.rate() / std::min(bare.rate(), limit), at_least(0.9));
    report.add("worker, CPU", kCpu, worker.cpu_per_thousand());
    report.add("bare loop, CPU", kCpu, bare.cpu_per_thousand());
  });
}

void run_slow_fsync(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    const Run fast = drain_new(bench, rows);
    const Run slow = drain_new(bench, rows, true);
    const Run bare_fast = bench.bare_loop(bench.url(), rows, kLoopInFlight);
    const Run bare_slow = bench.bare_loop(bench.url(), rows, kLoopInFlight, true);
    report.add("worker", kRate, slow.rate());
    report.add("worker, fsync as it is", kRate, fast.rate());
    report.add("bare loop", kRate, bare_slow.rate());
    report.add("bare loop, fsync as it is", kRate, bare_fast.rate());
    report.add("worker: of its rate without", kTimes, slow.rate() / fast.rate(), at_least(0.9));
    report.add("bare loop: of its rate without", kTimes, bare_slow.rate() / bare_fast.rate());
  });
}

}  // namespace keitaro_outbox::bench
