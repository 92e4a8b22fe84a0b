#include "bench/cases.hpp"

#include <array>

namespace keitaro_outbox::bench {

using namespace std::chrono_literals;

std::span<const Case> all_cases() {
  static constexpr auto kCases = std::to_array<Case>({
      {"disk", "what an fsync costs where the databases are", 5, 1s, run_disk},
      {"throughput", "rows waiting, the receiver answers at once", 5, 14s, run_throughput},
      {"backlog", "ten times as many rows waiting", 3, 50s, run_backlog},
      {"latency", "the receiver takes 50 ms, 1,000 in flight", 5, 17s, run_latency},
      {"distance", "the receiver is 200 ms away, 1,000 in flight, without and with TLS", 3, 20s,
       run_distance},
      {"slow-fsync", "each fsync takes 2 ms longer", 3, 25s, run_slow_fsync},
      {"kill", "kill -9 under full load", 5, 8s, run_kill},
      {"idle", "from the commit of another process to the request", 3, 25s, run_idle},
      {"application", "the application's own commits beside the worker", 3, 25s, run_application},
      {"insert", "a row into outbox, against a table without rules", 5, 3s, run_insert},
      {"outage", "the receiver comes back, and all rows wait", 2, 100s, run_outage},
      {"trackers", "memory by the number of trackers", 2, 20s, run_trackers},
      {"capacity", "a receiver that can do only so much, and does not say", 2, 28s, run_capacity},
      {"intake", "the front door: requests committed a second, and beside others", 3, 25s, run_intake},
      {"share", "a receiver that fails in part, whatever the row", 2, 75s, run_share},
      {"read-back", "asking the tracker what it has recorded, beside delivery", 5, 14s, run_read_back},
      {"varied", "a receiver whose latency varies by chance", 2, 18s, run_varied},
      {"flow", "one receiver that is well, fails in part, limits, is down and is back", 1, 45s, run_flow},
      {"history", "a long history and a long ledger", 3, 50s, run_history},
      {"page", "the page for people: its first byte, and delivery while ten look", 3, 60s, run_page},
      {"growth", "how the cost grows with history and ledger", 2, 35s, run_growth},
#ifdef KEITARO_OUTBOX_POSTGRESQL
      {"postgresql", "the outbox on a PostgreSQL server: one worker and four", 2, 150s, run_postgresql},
#endif
  });
  return kCases;
}

void in_turn(const Bench& bench, std::initializer_list<std::function<void()>> runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    (runs.begin() + (i + static_cast<std::size_t>(bench.round())) % runs.size())->operator()();
  }
}

}  // namespace keitaro_outbox::bench
