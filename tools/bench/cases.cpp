#include "bench/cases.hpp"

#include <array>

namespace keitaro_outbox::bench {

std::span<const Case> all_cases() {
  static constexpr std::array<Case, 12> kCases{{
      {"disk", "what an fsync costs where the databases are", run_disk},
      {"throughput", "rows waiting, the receiver answers at once", run_throughput},
      {"backlog", "ten times as many rows waiting", run_backlog},
      {"growth", "cost of a row by the length of history and ledger", run_growth},
      {"history", "a long history and a long ledger", run_history},
      {"latency", "the receiver takes 50 ms, 1,000 in flight", run_latency},
      {"slow-fsync", "each fsync takes 2 ms longer", run_slow_fsync},
      {"kill", "kill -9 under full load", run_kill},
      {"idle", "from the commit of another process to the request", run_idle},
      {"application", "the application's own commits beside the worker", run_application},
      {"insert", "a row into outbox, against a table without rules", run_insert},
      {"outage", "the receiver comes back, and all rows wait", run_outage},
  }};
  return kCases;
}

}  // namespace keitaro_outbox::bench
