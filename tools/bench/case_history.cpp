#include <algorithm>

#include "bench/cases.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

/// `cold`: the system has none of the file in memory when the worker starts; otherwise all that it has room
/// for.
Run drain_beside_history(Bench& bench, CaseReport& report, bool cold) {
  const Settings& settings = bench.settings();
  const std::string db = bench.history_outbox(settings.history, settings.rows);
  bench.progress().show(cold ? "forgetting the file" : "reading the file");
  settle_on_disk(db, cold);
  if (!cold) load_into_memory(db);
  report.add(cold ? "of the file in memory at the cold start" : "of the file in memory at the warm start",
             "%", share_in_memory(db) * 100);
  return bench.drain({db, bench.url(), {}, false}, settings.rows);
}

}  // namespace

void run_history(Bench& bench, CaseReport& report) {
  const Settings& settings = bench.settings();
  bench.prepare_history(settings.history);
  in_rounds(bench, [&] {
    Run without;
    Run warm;
    Run cold;
    in_turn(bench, {[&] {
                      const std::string db = bench.make_outbox("outbox.db", settings.rows);
                      without = bench.drain({db, bench.url(), {}, false}, settings.rows);
                      remove_database(db);
                    },
                    [&] { warm = drain_beside_history(bench, report, false); },
                    [&] { cold = drain_beside_history(bench, report, true); }});
    report.add("worker, file in memory", "rows/s", warm.rate());
    report.add("worker, cold", "rows/s", cold.rate());
    report.add("worker, no history", "rows/s", without.rate());
    report.add("of the rate without history, file in memory", "times", warm.rate() / without.rate());
    report.add("of the rate without history, cold", "times", cold.rate() / without.rate());
    report.add("start to the first outcome, cold", "s", cold.start_seconds);
    report.add("CPU, file in memory", "CPU s/1,000", warm.cpu_per_thousand());
    report.add("CPU, cold", "CPU s/1,000", cold.cpu_per_thousand());
    report.add("peak memory of the worker", "MiB", std::max(warm.peak_mib, cold.peak_mib));
    report.add("write-ahead log at its largest", "MiB", std::max(warm.wal_mib, cold.wal_mib));
  });
  const std::string length = readable_count(settings.history);
  report.note(length + " delivered rows and as many ledger entries; " + readable_count(settings.rows) +
              " rows of new clicks waiting");
}

}  // namespace keitaro_outbox::bench
