#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/plot.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::uint64_t kSmallest = 10'000;

/// One quantity by the length of the history.
struct Growing {
  std::string name;
  std::string unit;
  std::map<std::uint64_t, Samples> by_length;

  void add_last_to(CaseReport& report) const {
    for (const auto& [length, samples] : by_length) {
      report.add(name + ", " + readable_count(length), unit, samples.values().back());
    }
  }

  Curve curve(const std::string& curve_name) const {
    Curve curve{curve_name, {}};
    for (const auto& [length, samples] : by_length) {
      curve.points.emplace_back(static_cast<double>(length), samples.median());
    }
    return curve;
  }
};

struct Growth {
  Growing warm{"a delivered row, file in memory", "us", {}};
  Growing cold{"a delivered row, cold", "us", {}};
  Growing start{"start to the first outcome, cold", "ms", {}};
  Growing status{"status, cold", "ms", {}};
  Growing show{"show, cold", "ms", {}};
  Growing memory{"peak memory of the worker", "MiB", {}};
};

std::string middle_subid(const std::string& db) {
  SQLite::Database file(db, SQLite::OPEN_READWRITE);
  return file.execAndGet("SELECT subid FROM outbox WHERE id >= (SELECT max(id) FROM outbox) / 2 LIMIT 1")
      .getString();
}

double microseconds_a_row(const Run& run) {
  return (run.seconds - run.start_seconds) / static_cast<double>(run.rows) * 1e6;
}

void measure(Bench& bench, Growth& growth, std::uint64_t length, std::uint64_t rows) {
  const auto drain = [&](bool cold) {
    const std::string db = bench.history_outbox(length, rows);
    settle_on_disk(db, cold);
    if (!cold) load_into_memory(db);
    return bench.drain({db, bench.url(), {}, false}, rows);
  };
  const auto time_cold = [&](std::vector<std::string> arguments, const std::string& db) {
    bench.progress().show(arguments.front());
    settle_on_disk(db, true);
    arguments.insert(arguments.end(), {"--db", db});
    return bench.time_command(arguments) * 1000;
  };
  Run cold;
  Run warm;
  in_turn(bench, {[&] { cold = drain(true); }, [&] { warm = drain(false); }});
  const std::string db = bench.history_outbox(length, 0);
  const std::string subid = middle_subid(db);
  growth.cold.by_length[length].add(microseconds_a_row(cold));
  growth.warm.by_length[length].add(microseconds_a_row(warm));
  growth.start.by_length[length].add(cold.start_seconds * 1000);
  growth.status.by_length[length].add(time_cold({"status"}, db));
  growth.show.by_length[length].add(time_cold({"show", subid}, db));
  growth.memory.by_length[length].add(std::max(cold.peak_mib, warm.peak_mib));
}

void save_plot(const std::string& file, const Growth& growth) {
  std::ofstream out(file);
  write_svg(
      out,
      {.title = "What grows with the history: delivered rows, each with its ledger entry",
       .x_name = "rows of history",
       .panels = {{.y_name = "µs a delivered row",
                   .logarithmic = false,
                   .curves = {growth.warm.curve("file in memory"), growth.cold.curve("file not in memory")}},
                  {.y_name = "ms, file not in memory",
                   .logarithmic = true,
                   .curves = {growth.start.curve("run: start to first outcome"),
                              growth.status.curve("status"), growth.show.curve("show SUBID")}},
                  {.y_name = "MiB, peak memory of run",
                   .logarithmic = false,
                   .curves = {growth.memory.curve("worker")}}}});
  if (!out.flush()) throw std::runtime_error(file + " cannot be written (--plot)");
}

}  // namespace

void run_growth(Bench& bench, CaseReport& report) {
  const Settings& settings = bench.settings();
  const std::uint64_t rows = std::max<std::uint64_t>(settings.rows / 5, 400);
  std::vector<std::uint64_t> lengths;
  for (std::uint64_t length = kSmallest; length <= std::max(settings.history, kSmallest); length *= 10) {
    lengths.push_back(length);
  }
  Growth growth;
  for (const std::uint64_t length : lengths) bench.prepare_history(length);
  in_rounds(bench, [&] {
    // Down and up again by turns, for the sake of the order, and because the longest is best kept for both.
    std::reverse(lengths.begin(), lengths.end());
    for (const std::uint64_t length : lengths) measure(bench, growth, length, rows);
    for (const Growing* one :
         {&growth.warm, &growth.cold, &growth.start, &growth.status, &growth.show, &growth.memory}) {
      one->add_last_to(report);
    }
  });
  report.note("rows delivered each time: " + readable_count(rows) + ", the worker's start apart");
  report.note("status counts for 3 s at most, and says so; show reads all rows for a click");
  if (!settings.plot.empty()) save_plot(settings.plot.string(), growth);
}

}  // namespace keitaro_outbox::bench
