#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/plot.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::uint64_t kSmallest = 10'000;

/// `cold`: the system has none of the file in memory when the worker starts.
Run drain_beside_history(Bench& bench, std::uint64_t history, std::uint64_t rows, bool cold) {
  const std::string db = bench.history_outbox(history);
  bench.add_pending(db, rows);
  if (cold) settle_on_disk(db, true);
  return bench.drain({db, bench.url(), {}, false}, rows);
}

void save_plot(const std::string& file, std::vector<Curve> curves) {
  std::ofstream out(file);
  write_svg(out, {.title = "Cost of a delivery by the length of history and ledger",
                  .x_name = "delivered rows and ledger entries before",
                  .y_name = "microseconds a row",
                  .curves = std::move(curves)});
  if (!out.flush()) throw std::runtime_error(file + " cannot be written (--plot)");
}

}  // namespace

void run_history(Bench& bench, CaseReport& report) {
  const Settings& settings = bench.settings();
  const std::string length = readable_count(settings.history);
  in_rounds(bench, [&] {
    const std::string db = bench.make_outbox("outbox.db", settings.rows);
    const Run without = bench.drain({db, bench.url(), {}, false}, settings.rows);
    bench.remove_database(db);
    const Run with = drain_beside_history(bench, settings.history, settings.rows, false);
    report.add("worker, " + length + " rows of history", "rows/s", with.rate());
    report.add("worker, none", "rows/s", without.rate());
    report.add("of the rate without history", "times", with.rate() / without.rate(), at_least(0.9));
    report.add("CPU", "CPU s/1,000", with.cpu_per_thousand());
    report.add("peak memory of the worker", "MiB", with.peak_mib, never_above(64));
    report.add("write-ahead log at its largest", "MiB", with.wal_mib, never_above(128));
  });
}

void run_growth(Bench& bench, CaseReport& report) {
  const Settings& settings = bench.settings();
  const std::uint64_t rows = std::max<std::uint64_t>(settings.rows / 5, 1000);
  Curve warm{"file in memory", {}};
  Curve cold{"file not in memory at the start", {}};
  for (std::uint64_t size = kSmallest; size <= std::max(settings.history, kSmallest); size *= 10) {
    Samples warm_cost;
    Samples cold_cost;
    in_rounds(bench, [&] {
      for (const bool is_cold : {true, false}) {
        const Run run = drain_beside_history(bench, size, rows, is_cold);
        const double micros = run.seconds / static_cast<double>(rows) * 1e6;
        (is_cold ? cold_cost : warm_cost).add(micros);
        report.add(readable_count(size) + (is_cold ? " rows, cold" : " rows, warm"), "us/row", micros);
      }
    });
    warm.points.emplace_back(static_cast<double>(size), warm_cost.median());
    cold.points.emplace_back(static_cast<double>(size), cold_cost.median());
  }
  report.note("rows delivered each time: " + readable_count(rows) + ", the worker's start included");
  if (!settings.plot.empty()) save_plot(settings.plot.string(), {warm, cold});
}

}  // namespace keitaro_outbox::bench
