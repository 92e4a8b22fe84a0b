#pragma once

#include <span>
#include <string_view>

#include "bench/bench.hpp"
#include "bench/report.hpp"

namespace keitaro_outbox::bench {

/// One thing that is measured. `run` adds figures, one sample each round.
struct Case {
  std::string_view name;
  std::string_view title;
  void (*run)(Bench& bench, CaseReport& report);
};

std::span<const Case> all_cases();

// The cases, by the file they are in.
void run_throughput(Bench& bench, CaseReport& report);  // case_drain.cpp
void run_backlog(Bench& bench, CaseReport& report);
void run_latency(Bench& bench, CaseReport& report);
void run_slow_fsync(Bench& bench, CaseReport& report);
void run_growth(Bench& bench, CaseReport& report);  // case_history.cpp
void run_history(Bench& bench, CaseReport& report);
void run_kill(Bench& bench, CaseReport& report);         // case_kill.cpp
void run_idle(Bench& bench, CaseReport& report);         // case_idle.cpp
void run_application(Bench& bench, CaseReport& report);  // case_application.cpp
void run_insert(Bench& bench, CaseReport& report);       // case_insert.cpp
void run_outage(Bench& bench, CaseReport& report);       // case_outage.cpp
void run_disk(Bench& bench, CaseReport& report);         // case_disk.cpp

/// Calls `round` as often as the settings say.
template <typename Round>
void in_rounds(Bench& bench, Round round) {
  const int runs = bench.settings().runs;
  for (int i = 1; i <= runs; ++i) {
    bench.progress().set_round(i, runs);
    round();
  }
}

}  // namespace keitaro_outbox::bench
