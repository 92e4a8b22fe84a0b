#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>

#include "bench/bench.hpp"
#include "bench/report.hpp"

namespace keitaro_outbox::bench {

/// One thing that is measured. `run` adds figures, one sample each round.
struct Case {
  std::string_view name;
  std::string_view title;
  int rounds;                  ///< As many as its figures need: they scatter more or less.
  std::chrono::seconds usual;  ///< A round, about, with the sizes of the goals on two cores.
  void (*run)(Bench& bench, CaseReport& report);
};

/// Thrown by a case that this machine lacks something for. Nothing of it is reported.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::span<const Case> all_cases();

// The cases, by the file they are in.
void run_throughput(Bench& bench, CaseReport& report);  // case_drain.cpp
void run_backlog(Bench& bench, CaseReport& report);
void run_latency(Bench& bench, CaseReport& report);
void run_slow_fsync(Bench& bench, CaseReport& report);
void run_distance(Bench& bench, CaseReport& report);     // case_distance.cpp
void run_history(Bench& bench, CaseReport& report);      // case_history.cpp
void run_growth(Bench& bench, CaseReport& report);       // case_growth.cpp
void run_kill(Bench& bench, CaseReport& report);         // case_kill.cpp
void run_idle(Bench& bench, CaseReport& report);         // case_idle.cpp
void run_application(Bench& bench, CaseReport& report);  // case_application.cpp
void run_insert(Bench& bench, CaseReport& report);       // case_insert.cpp
void run_outage(Bench& bench, CaseReport& report);       // case_outage.cpp
void run_trackers(Bench& bench, CaseReport& report);     // case_trackers.cpp
void run_capacity(Bench& bench, CaseReport& report);     // case_capacity.cpp
void run_intake(Bench& bench, CaseReport& report);       // case_intake.cpp
void run_page(Bench& bench, CaseReport& report);         // case_page.cpp
void run_read_back(Bench& bench, CaseReport& report);    // case_read_back.cpp
void run_share(Bench& bench, CaseReport& report);        // case_share.cpp
void run_varied(Bench& bench, CaseReport& report);
void run_flow(Bench& bench, CaseReport& report);        // case_flow.cpp
void run_postgresql(Bench& bench, CaseReport& report);  // case_postgresql.cpp
void run_disk(Bench& bench, CaseReport& report);        // case_disk.cpp

/// Calls `round` once, and as often again as the settings say and time is left for.
template <typename Round>
void in_rounds(Bench& bench, Round round) {
  bench.begin_rounds();
  do {
    bench.progress().set_round(bench.round() + 1, bench.rounds());
    round();
  } while (bench.another_round());
}

/// Does one after the other, beginning with another one each round: what comes first finds another machine
/// than what comes last, and that shall not be the same one each time.
void in_turn(const Bench& bench, std::initializer_list<std::function<void()>> runs);

}  // namespace keitaro_outbox::bench
