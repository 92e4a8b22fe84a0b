#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/bench.hpp"
#include "bench/busyness.hpp"
#include "bench/cases.hpp"
#include "bench/goals.hpp"
#include "bench/interrupt.hpp"
#include "bench/loop.hpp"
#include "bench/readable.hpp"
#include "bench/setting.hpp"
#include "bench/verdicts.hpp"

namespace {

using namespace keitaro_outbox::bench;

/// What the bench starts itself as, to have the loops in processes of their own:
/// `bare-loop URL IN_FLIGHT DB` and `curl-loop URL IN_FLIGHT REQUESTS`.
bool run_as_loop(int argc, char** argv) {
  const std::string_view what = argc == 5 ? argv[1] : "";
  if (what != "bare-loop" && what != "curl-loop") return false;
  const LoopOptions options{argv[2], std::stoi(argv[3])};
  if (what == "bare-loop") {
    run_bare_loop(options, argv[4]);
  } else {
    run_curl_loop(options, std::stoull(argv[4]));
  }
  return true;
}

/// A thousand connections, and as many at the receiver, are more than the usual limit lets one process have.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 16'384);
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<const Case*> chosen_cases(const Settings& settings) {
  std::vector<const Case*> chosen;
  for (const Case& one : all_cases()) {
    const auto& names = settings.cases;
    if (std::find(names.begin(), names.end(), one.name) != names.end()) chosen.push_back(&one);
  }
  return chosen;
}

int rounds_of(const Case& one, const Settings& settings) {
  return settings.runs.value_or(one.rounds);
}

/// Runs the cases. What stands in `report` when it throws has been measured.
void measure(Bench& bench, const std::vector<const Case*>& cases, Report& report) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string name(cases[i]->name);
    bench.progress().set_case(name, i + 1, cases.size());
    bench.begin_case(rounds_of(*cases[i], bench.settings()), cases[i]->usual);
    CaseReport& own = report.cases.emplace_back(CaseReport{name, std::string(cases[i]->title), {}, {}});
    try {
      cases[i]->run(bench, own);
    } catch (const Skipped& skipped) {
      report.cases.pop_back();
      std::cerr << "keitaro-bench: case " << name << " is left out: " << skipped.what() << "\n";
    } catch (const Interrupted&) {
      own.note("interrupted: the figures are of the rounds until then");
      throw;
    } catch (const std::exception& error) {
      own.note("failed: the figures are of the rounds until then");
      throw std::runtime_error("case " + name + ": " + error.what());
    }
  }
  const auto missing = missing_figures(goal_lines(), report);
  if (!missing.empty()) throw std::runtime_error("a goal's figure was not measured: " + missing.front());
}

void print(const Report& report, const Settings& settings) {
  if (settings.json) {
    write_json(std::cout, report);
  } else if (settings.goals) {
    write_goals(std::cout, report);
  } else {
    write_table(std::cout, report);
  }
  if (settings.save.empty()) return;
  std::ofstream file(settings.save);
  write_json(file, report);
  if (!file.flush()) throw std::runtime_error(settings.save.string() + " cannot be written (--save)");
}

/// Whatever ends it, what was measured until then is printed.
void run(const Settings& settings) {
  const auto cases = chosen_cases(settings);
  std::chrono::seconds usual{0};
  for (const Case* one : cases) usual += rounds_of(*one, settings) * one->usual;
  Report report;
  report.goals_apply = !settings.short_run;
  try {
    Bench bench(settings, usual);
    report.setting = describe_setting(bench);
    const Busyness busyness;
    const auto begun = std::chrono::steady_clock::now();
    const auto tell_the_end = [&] {
      const auto length =
          std::chrono::duration<double, std::ratio<60>>(std::chrono::steady_clock::now() - begun);
      report.setting.emplace_back("took", readable_number(length.count()) + " minutes");
      report.setting.emplace_back("beside us", busyness.describe(bench.lasting_children_cpu_seconds()));
    };
    try {
      measure(bench, cases, report);
    } catch (...) {
      tell_the_end();
      throw;
    }
    tell_the_end();
  } catch (...) {
    if (!report.cases.empty()) print(report, settings);
    throw;
  }
  print(report, settings);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (run_as_loop(argc, argv)) return 0;
    const Settings settings = read_settings(argc, argv);
    catch_interrupts();
    allow_many_descriptors();
    run(settings);
    return 0;
  } catch (const Interrupted&) {
    return 130;
  } catch (const std::exception& error) {
    std::cerr << "keitaro-bench: " << error.what() << "\n";
    return 1;
  }
}
