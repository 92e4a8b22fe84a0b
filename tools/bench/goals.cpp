#include "bench/goals.hpp"

namespace keitaro_outbox::bench {
namespace {

// Ratios are between runs of one round, so that a machine's speed and its noise stand on both sides. The bare
// loop is what SQLite and libcurl can do together when nothing is decided, ordered or remembered: what is
// lost against it is what the rules cost. 0.85 and 0.9 leave room for them, and for the scatter of a busy
// machine.
std::vector<GoalLine> make_lines() {
  return {
      {"Delivered a second: 100,000 rows waiting, receiver answering at once, all rules on, "
       "`synchronous=FULL`, default settings",
       "≥ 0.85 of a bare SQLite + libcurl loop",
       {{"throughput", "worker / bare loop", "of the bare loop", at_least(0.85)},
        {"throughput", "worker", "worker", {}},
        {"throughput", "bare loop: libcurl + SQLite, no rules", "bare loop", {}},
        {"throughput", "libcurl alone", "libcurl alone", {}}}},
      {"The same with 1,000,000 rows waiting",
       "≥ 0.9 of the rate with 100,000",
       {{"backlog", "of the rate with a tenth of the rows", "of that rate", at_least(0.9)},
        {"backlog", "worker", "worker", {}}}},
      {"The same with 10,000,000 delivered rows of history and a ledger of 10,000,000, file in memory or not",
       "≥ 0.9 of the rate without",
       {{"history", "of the rate without history, file in memory", "in memory", at_least(0.9)},
        {"history", "of the rate without history, cold", "cold", at_least(0.9)},
        {"history", "worker, cold", "worker, cold", {}}}},
      // Latency allows in flight ÷ latency; where the bare loop does not reach that either, it is the
      // measure.
      {"Receiver takes 50 ms, 1,000 in flight",
       "≥ 0.9 of what latency allows, or of the bare loop where that is lower",
       {{"latency", "of the lower of both", "of the lower", at_least(0.9)},
        {"latency", "worker", "worker", {}},
        {"latency", "bare loop", "bare loop", {}}}},
      {"Receiver 200 ms away, 1,000 in flight",
       "≥ 0.9 of what latency allows",
       {{"distance", "of what latency allows", "plain", at_least(0.9)},
        {"distance", "of what latency allows, TLS", "TLS", at_least(0.9)}}},
      {"On a disk whose fsync takes 2 ms longer",
       "≥ 0.9 of the rate without",
       {{"slow-fsync", "worker: of its rate without", "worker", at_least(0.9)},
        {"slow-fsync", "bare loop: of its rate without", "bare loop", {}}}},
      // 64 in flight. Never: a repeat too many is one too many, on a bad day as well.
      {"Repeats after a `kill -9` under full load",
       "≤ 2 × what was in flight (64)",
       {{"kill", "repeats after one kill", "requests", never_above(128)}}},
      {"CPU for 1,000 delivered, worker alone",
       "≤ 0.035 s",
       {{"throughput", "worker, CPU", "worker", at_most(0.035)},
        {"throughput", "bare loop, CPU", "bare loop", {}}}},
      {"Idle: commit of another process to the request's arrival",
       "median < 0.35 ms, p99 < 2 ms",
       {{"idle", "commit to request, median", "median", at_most(0.35)},
        {"idle", "commit to request, p99", "p99", at_most(2)}}},
      {"Idle: CPU", "< 0.2 % of a core", {{"idle", "CPU while idle", "used", at_most(0.2)}}},
      {"Peak memory of the worker with 1,000,000 rows waiting",
       "< 64 MiB, after an outage too",
       {{"backlog", "peak memory of the worker", "waiting", never_above(64)},
        {"outage", "peak memory of the worker", "after an outage", never_above(64)}}},
      {"Peak memory by the number of trackers",
       "< 64 MiB with 1 to 1,000",
       {{"trackers", "peak memory, 1 tracker", "1", never_above(64)},
        {"trackers", "peak memory, 10 trackers", "10", never_above(64)},
        {"trackers", "peak memory, 100 trackers", "100", never_above(64)},
        {"trackers", "peak memory, 1,000 trackers", "1,000", never_above(64)}}},
      {"The application's own commits while the worker drains",
       "p99 ≤ 2 × its p99 alone",
       {{"application", "p99 beside / p99 alone", "ratio", at_most(2)},
        {"application", "commit alone, p99", "alone", {}},
        {"application", "commit beside the worker, p99", "beside", {}}}},
      {"`SQLITE_BUSY` for the application, time-out 1 s",
       "never",
       {{"application", "SQLITE_BUSY with a time-out of 1 s", "commits", never_above(0)}}},
      {"Insert of a row into `outbox` against a table without CHECK, trigger or index",
       "≤ 2 ×",
       {{"insert", "outbox / plain, a row a transaction", "a row a transaction", at_most(2)},
        {"insert", "outbox / plain, 1,000 rows a transaction", "1,000 a transaction", at_most(2)}}},
      {"After an outage with 1,000,000 rows waiting",
       "full rate within 5 s of the tracker's return",
       {{"outage", "time to full rate", "no limit set", at_most(5)},
        {"outage", "time to full rate, --rate 2,000 --concurrency 16", "rate limit 2,000", at_most(5)}}},
      // A slot's edge may take in a few requests of its neighbour, hence 2 % of tolerance for the rate.
      {"What it does not exceed then: rate limit 2,000 a second, 16 in flight",
       "never more",
       {{"outage", "requests in any second, --rate 2,000 --concurrency 16", "in any second",
         never_above(2040)},
        {"outage", "in flight at most, --rate 2,000 --concurrency 16", "in flight", never_above(16)},
        {"outage", "connections at most", "connections without a rate limit", never_above(64)}}},
      {"Write-ahead log over 1,000,000 deliveries",
       "< 128 MiB",
       {{"backlog", "write-ahead log at its largest", "at its largest", never_above(128)},
        {"backlog", "size of a waiting row", "a waiting row", {}},
        {"backlog",
         "size of a delivered row, ledger included",
         "a delivered row with its ledger entry",
         {}}}},
      // What the way there and back holds at that rate is 20; the cap is 1,000, the last of which would wait
      // a second for their answer.
      {"A receiver that can do 1,000 a second, 20 ms away, and is not known to: cap 1,000 in flight",
       "≥ 0.9 of what it can do; answers within 60 ms more",
       {{"capacity", "of what it can do", "of what it can do", at_least(0.9)},
        {"capacity", "longest wait at its door", "longest wait at its door", at_most(60)}}},
      {"A receiver that answers 429 to what is above 1,000 a second",
       "≥ 0.9 of what it allows; refused ≤ 0.1 of what was sent",
       {{"capacity", "of what it allows, 429 above", "of what it allows", at_least(0.9)},
        {"capacity", "answered 429", "refused", at_most(0.1)}}},
      {"Delivered a second with read-back on, each conversion asked after meanwhile",
       "≥ 0.97 of the rate without",
       {{"read-back", "with / without read-back", "of that rate", at_least(0.97)},
        {"read-back", "worker, with read-back", "worker", {}}}},
      {"The page with 10,000,000 delivered rows and a ledger of as many: first byte of a screen",
       "< 50 ms",
       {{"page", "first byte of a screen, median", "median", at_most(50)},
        {"page", "first byte of a screen, the slowest", "the slowest", {}},
        {"page", "first byte of a screen, cold, the slowest", "the slowest, cold", {}},
        {"page", "peak memory of the page", "its peak memory", {}}}},
      {"Delivered a second while ten look at the page, each two seconds",
       "≥ 0.95 of the rate without",
       {{"page", "of the rate that nobody looks at", "of that rate", at_least(0.95)},
        {"page", "worker, ten viewers", "worker", {}},
        {"page", "memory more with ten viewers", "memory more", {}}}},
      {"Front door: requests committed a second, `synchronous=FULL`, 64 connections",
       "≥ 5 × a commit for each, ≥ 0.5 of what it answers without a database",
       {{"intake", "64 connections / a commit for each", "a commit for each", at_least(5)},
        {"intake", "committed / answered without the database", "without a database", at_least(0.5)},
        {"intake", "committed, 64 connections", "committed", {}}}},
      {"Front door: 1,000 requests a second beside a worker at full rate",
       "p99 ≤ 3 × a lone request + 5 ms",
       {{"intake", "that p99 beyond 3 lone requests", "beyond 3 ×", at_most(5)},
        {"intake", "1,000 a second beside a worker, p99", "p99", {}},
        {"intake", "a lone request, median", "a lone request", {}}}},
      {"Front door: an honest client beside 500 slow ones",
       "p99 ≤ 2 × its p99 alone",
       {{"intake", "beside 500 slow clients / alone", "ratio", at_most(2)}}},
      {"Front door: memory with 1,000 connections",
       "< 64 MiB",
       {{"intake", "peak memory with 1,000 connections", "at its peak", never_above(64)}}},
      {"Front door: on a disk whose fsync takes 2 ms longer, 512 connections",
       "≥ 0.8 of the rate without",
       {{"intake", "fsync 2 ms slower: of the rate without", "of the rate", at_least(0.8)}}},
      {"A receiver that answers 503 to what is above 1,000 a second",
       "≥ 0.75 of what it allows; refused ≤ 0.25 of what was sent",
       {{"capacity", "of what it allows, 503 above", "of what it allows", at_least(0.75)},
        {"capacity", "answered 503", "refused", at_most(0.25)}}},
      {"A receiver 5 ms away that answers 503 to a share of the requests, whatever the row, from 3 s on",
       "≥ 0.8 of what its other part takes",
       {{"share", "of the working part, 0.02 failing", "0.02 failing", at_least(0.8)},
        {"share", "of the working part, 0.05 failing", "0.05", at_least(0.8)},
        {"share", "of the working part, 0.1 failing", "0.1", at_least(0.8)},
        {"share", "of the working part, 0.2 failing", "0.2", at_least(0.8)},
        {"share", "of the working part, 0.3 failing", "0.3", at_least(0.8)},
        {"share", "of the working part, 0.5 failing", "0.5", at_least(0.8)},
        {"share", "of the working part, every second failing", "every second", at_least(0.8)},
        {"share", "worker, none failing", "none failing", {}}}},
      {"The same with more than half failing",
       "≥ 0.5 of what its other part takes",
       {{"share", "of the working part, 0.7 failing", "0.7 failing", at_least(0.5)},
        {"share", "of the working part, 0.9 failing", "0.9", at_least(0.5)}}},
      {"A receiver whose latency varies by chance, 64 in flight",
       "≥ 0.85 of 64 ÷ its mean latency",
       {{"varied", "of what latency allows, 0 to 100 ms", "0, 1, 5, 20 or 100 ms", at_least(0.85)},
        {"varied", "of what latency allows, 10 or 300 ms", "95 % 10 ms, 5 % 300 ms", at_least(0.85)}}},
  };
}

}  // namespace

std::span<const GoalLine> goal_lines() {
  static const std::vector<GoalLine> kLines = make_lines();
  return kLines;
}

std::optional<Goal> goal_of(std::string_view case_name, std::string_view figure) {
  for (const GoalLine& line : goal_lines()) {
    for (const Shown& shown : line.shown) {
      if (shown.case_name == case_name && shown.figure == figure && shown.goal) return shown.goal;
    }
  }
  return std::nullopt;
}

}  // namespace keitaro_outbox::bench
