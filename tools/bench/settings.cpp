#include "bench/settings.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "bench/cases.hpp"
#include "bench/files.hpp"

namespace keitaro_outbox::bench {
namespace {

[[noreturn]] void wrong_usage(const std::string& what) {
  std::cerr << "keitaro-bench: " << what << " (see keitaro-bench --help)\n";
  std::exit(2);
}

std::string list_of_cases() {
  std::string list = "Cases:\n";
  for (const Case& one : all_cases()) {
    list +=
        "  " + std::string(one.name) + std::string(14 - one.name.size(), ' ') + std::string(one.title) + "\n";
  }
  return list;
}

/// The chosen ones in the order of all_cases(), which shares databases between neighbours.
std::vector<std::string> in_order(const std::vector<std::string>& chosen) {
  std::vector<std::string> ordered;
  for (const Case& one : all_cases()) {
    const bool wanted = std::find(chosen.begin(), chosen.end(), one.name) != chosen.end();
    if (chosen.empty() || wanted) ordered.emplace_back(one.name);
  }
  for (const std::string& name : chosen) {
    if (std::find(ordered.begin(), ordered.end(), name) != ordered.end()) continue;
    std::string known;
    for (const Case& one : all_cases()) known += (known.empty() ? "" : ", ") + std::string(one.name);
    wrong_usage("--cases: there is no case '" + name + "': use some of " + known);
  }
  return ordered;
}

void check_places(Settings& settings) {
  if (!std::filesystem::is_directory(settings.dir))
    wrong_usage("--dir: " + settings.dir.string() + " is no folder");
  settings.dir = std::filesystem::absolute(settings.dir);
  if (access(settings.worker.c_str(), X_OK) != 0) {
    wrong_usage("--worker: " + settings.worker + " is not there: build keitaro-outbox, or name its path");
  }
  if (!settings.keep.empty() && !std::filesystem::is_directory(settings.keep)) {
    wrong_usage("--keep: " + settings.keep.string() + " is no folder");
  }
  // The history once as it was made and once for use, the shorter ones, and the write-ahead log; generously.
  const std::uint64_t needed = 550 * settings.history + 600 * settings.backlog;
  const std::uint64_t available = std::filesystem::space(settings.dir).available;
  if (available < needed) {
    wrong_usage("--dir: " + settings.dir.string() + " has " + std::to_string(available >> 20) +
                " MiB free, and " + std::to_string(needed >> 20) +
                " MiB may be needed: name another folder, or lower --history and --rows");
  }
}

}  // namespace

Settings read_settings(int argc, char** argv) {
  Settings settings;
  settings.worker = (own_executable().parent_path() / "keitaro-outbox").string();
  settings.dir = std::filesystem::current_path();
  std::string receiver = "nginx";
  std::vector<std::string> cases;

  CLI::App app(
      "Measures keitaro-outbox on this machine and disk in about 20 minutes, in turn with loops that do no "
      "more than SQLite and "
      "libcurl "
      "must, and prints medians, minima, maxima and ratios. Everything stays on the loopback interface.",
      "keitaro-bench");
  app.add_flag("--short", settings.short_run,
               "small sizes, about a minute: only tells whether everything works");
  app.add_option("--cases", cases, "some of the cases, as in throughput,idle (all)")->delimiter(',');
  auto* runs = app.add_option("--runs", settings.runs, "rounds of each case (2 to 5, as the case needs)")
                   ->check(CLI::Range(1, 1000));
  auto* rows =
      app.add_option("--rows", settings.rows, "rows waiting (100000); ten times as many in some cases")
          ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
  auto* history =
      app.add_option("--history", settings.history, "delivered rows and ledger entries (10000000)")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  int outage = 20;
  auto* outage_length =
      app.add_option("--outage", outage, "seconds that the receiver is down in the case outage (20)")
          ->check(CLI::Range(1, 3000));
  app.add_option("--dir", settings.dir,
                 "the folder for the databases, so the disk that is measured (this one)");
  app.add_option("--receiver", receiver, "nginx, where it is installed, or own (nginx)")
      ->check(CLI::IsMember({"nginx", "own"}));
  app.add_option("--worker", settings.worker, "the keitaro-outbox to measure (the one beside this program)");
  app.add_option("--plot", settings.plot, "an SVG file for the picture of the case growth");
  app.add_option("--flow-plot", settings.flow_plot, "an SVG file for the picture of the case flow");
  app.add_option("--keep", settings.keep,
                 "a folder that keeps the databases with a long history, for the next call");
  int minutes = 20;
  auto* time = app.add_option("--minutes", minutes,
                              "time for all of it: rounds are left out that would take longer (20)")
                   ->check(CLI::Range(1, 10'000));
  auto* json = app.add_flag("--json", settings.json, "print JSON");
  app.add_flag("--goals", settings.goals, "print the table of goals with what was measured, in Markdown")
      ->excludes(json);
  app.add_option("--save", settings.save, "a file for the JSON, whatever is printed");
  app.footer(list_of_cases());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    wrong_usage(error.what());
  }

  if (settings.short_run) {
    if (runs->empty()) settings.runs = 1;
    if (rows->empty()) settings.rows = 5000;
    if (history->empty()) settings.history = 10'000;
    if (outage_length->empty()) outage = 1;
    if (time->empty()) minutes = 1;
  }
  settings.backlog = settings.rows * (settings.short_run ? 4 : 10);
  settings.outage = std::chrono::seconds{outage};
  settings.time = std::chrono::minutes{minutes};
  settings.own_receiver = receiver == "own";
  settings.cases = in_order(cases);
  check_places(settings);
  return settings;
}

}  // namespace keitaro_outbox::bench
