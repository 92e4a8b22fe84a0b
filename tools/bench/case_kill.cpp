#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <unordered_set>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/queue_watch.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kInFlight = 64;
constexpr int kKills = 4;

void wait_for_requests(Worker& worker, const Receiver& receiver, std::uint64_t count) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (receiver.requests() < count) {
    worker.must_run();
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the worker sends nothing any more");
    pause_for(500us);
  }
}

/// How many of a log's entries from `begin` were in it before.
std::uint64_t repeats_from(const std::vector<std::uint64_t>& log, std::size_t begin, std::size_t end) {
  const std::unordered_set<std::uint64_t> before(log.begin(),
                                                 log.begin() + static_cast<std::ptrdiff_t>(begin));
  return static_cast<std::uint64_t>(std::count_if(log.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  log.begin() + static_cast<std::ptrdiff_t>(end),
                                                  [&](std::uint64_t id) { return before.contains(id); }));
}

}  // namespace

void run_kill(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    const std::string db = bench.make_outbox("outbox.db", rows);
    const WorkerCall call{db, "", {"--concurrency", std::to_string(kInFlight)}, false};
    Receiver receiver({.keep_log = true});
    std::vector<std::size_t> killed_at;
    for (int i = 1; i <= kKills; ++i) {
      bench.progress().show("kill number " + std::to_string(i));
      Worker worker(bench, {db, receiver.url(), call.flags, false});
      wait_for_requests(worker, receiver, rows * static_cast<std::uint64_t>(i) / (kKills + 2));
      worker.kill();
      while (receiver.connections() > 0) pause_for(1ms);  // What was under way has been counted.
      killed_at.push_back(receiver.log().size());
    }
    QueueWatch watch(db);
    Worker worker(bench, {db, receiver.url(), call.flags, false});
    watch.wait_until_empty(30s, [&](std::uint64_t) { worker.must_run(); });
    worker.stop();

    const auto log = receiver.log();
    const std::unordered_set<std::uint64_t> different(log.begin(), log.end());
    if (different.size() != rows || watch.delivered_after(0) != rows) {
      throw std::runtime_error("rows were lost by kill -9: " + std::to_string(different.size()) + " of " +
                               std::to_string(rows) + " have arrived");
    }
    killed_at.push_back(log.size());
    for (std::size_t i = 0; i + 1 < killed_at.size(); ++i) {
      report.add("repeats after one kill", "requests",
                 static_cast<double>(repeats_from(log, killed_at[i], killed_at[i + 1])));
    }
    report.add("in flight at most", "requests", kInFlight);
    remove_database(db);
  });
  report.note("each round: " + std::to_string(kKills) + " kills; nothing was lost");
}

}  // namespace keitaro_outbox::bench
