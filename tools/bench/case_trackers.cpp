#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/fill.hpp"
#include "bench/interrupt.hpp"
#include "bench/queue_watch.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

void write_configuration(const std::string& file, int trackers, const std::string& url) {
  std::ofstream out(file);
  for (int i = 1; i <= trackers; ++i) {
    out << "[[tracker]]\nname = \"t" << i << "\"\nurl = \"" << url << "\"\nallow_private = true\n\n";
  }
}

/// Rows of all trackers wait; MiB at the most until all are gone, or, with `down`, after so long with nobody
/// to take them.
double peak_memory(Bench& bench, int trackers, std::chrono::milliseconds down) {
  const std::uint64_t rows = bench.settings().rows;
  const std::string db = bench.make_outbox("outbox.db", 0);
  fill_trackers(db, rows, trackers, bench.next_seed());
  Receiver unreachable;
  if (down > 0ms) unreachable.go_down();
  const std::string config = bench.path("trackers.toml");
  write_configuration(config, trackers, down > 0ms ? unreachable.url() : bench.url());

  QueueWatch watch(db);
  Worker worker(bench, {db, "", {"--config", config}, false});
  bench.progress().show(readable_count(static_cast<std::uint64_t>(trackers)) + " trackers");
  const auto until = std::chrono::steady_clock::now() + (down > 0ms ? down : 120s);
  while (watch.any() && std::chrono::steady_clock::now() < until) {
    worker.must_run();
    pause_for(5ms);
  }
  const double peak = worker.process().peak_mib();
  worker.stop();
  if (down == 0ms && watch.delivered_after(0) != rows) {
    throw std::runtime_error("rows of " + std::to_string(trackers) +
                             " trackers were not delivered: " + bench.log_end());
  }
  remove_database(db);
  return peak;
}

}  // namespace

void run_trackers(Bench& bench, CaseReport& report) {
  constexpr int kMany = 1000;
  in_rounds(bench, [&] {
    for (const int trackers : {1, 10, 100, kMany}) {
      report.add("peak memory, " + readable_count(static_cast<std::uint64_t>(trackers)) +
                     (trackers == 1 ? " tracker" : " trackers"),
                 "MiB", peak_memory(bench, trackers, 0ms));
    }
    report.add("peak memory, 1,000 trackers, all of them down", "MiB",
               peak_memory(bench, kMany, bench.settings().short_run ? 300ms : std::chrono::milliseconds(5s)));
  });
  report.note(readable_count(bench.settings().rows) +
              " rows, shared evenly; the trackers' URLs are one host's");
}

}  // namespace keitaro_outbox::bench
