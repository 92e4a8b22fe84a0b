#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/bench.hpp"
#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/loop.hpp"
#include "bench/setting.hpp"

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

/// Runs the chosen cases. What stands in `report` when it throws has been measured.
void measure(Bench& bench, Report& report) {
  report.setting = describe_setting(bench);
  report.goals_apply = !bench.settings().short_run;
  const auto& chosen = bench.settings().cases;
  for (const Case& one : all_cases()) {
    const auto place = std::find(chosen.begin(), chosen.end(), one.name);
    if (place == chosen.end()) continue;
    const std::string name(one.name);
    bench.progress().set_case(name, static_cast<std::size_t>(place - chosen.begin()) + 1, chosen.size());
    CaseReport& own = report.cases.emplace_back(CaseReport{name, std::string(one.title), {}, {}});
    try {
      one.run(bench, own);
    } catch (const Interrupted&) {
      own.note("interrupted: the figures are of the rounds until then");
      throw;
    } catch (const std::exception& error) {
      own.note("failed: the figures are of the rounds until then");
      throw std::runtime_error("case " + name + ": " + error.what());
    }
  }
}

void print(const Report& report, bool as_json) {
  as_json ? write_json(std::cout, report) : write_table(std::cout, report);
}

/// Whatever ends it, what was measured until then is printed.
void run(const Settings& settings) {
  Report report;
  try {
    Bench bench(settings);
    measure(bench, report);
  } catch (...) {
    if (!report.cases.empty()) print(report, settings.json);
    throw;
  }
  print(report, settings.json);
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
