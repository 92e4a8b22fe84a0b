#include <string>
#include <vector>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Rows taken in a second, once the worker has had time to see what it deals with. More rows wait than can be
/// taken in meanwhile: `most_per_second` is what the receiver could take at best.
double taken_in_per_second(Bench& bench, const ReceiverOptions& options, double most_per_second) {
  const std::chrono::milliseconds warm_up = bench.settings().short_run ? 300ms : 3s;
  const std::chrono::milliseconds length = bench.settings().short_run ? 300ms : 4s;
  const double seconds = std::chrono::duration<double>(warm_up + length).count();
  const std::string db =
      bench.make_outbox("outbox.db", static_cast<std::uint64_t>(most_per_second * seconds) + 1000);
  double rate = 0;
  {
    Receiver receiver(options);
    Worker worker(bench,
                  {db, receiver.url(), {"--retry-first-delay", "50ms", "--retry-max-delay", "500ms"}, false});
    pause_for(warm_up);
    const std::uint64_t before = receiver.taken_in();
    const auto begun = Clock::now();
    pause_for(length);
    worker.must_run();
    rate = static_cast<double>(receiver.taken_in() - before) /
           std::chrono::duration<double>(Clock::now() - begun).count();
    worker.kill();
  }
  remove_database(db);
  return rate;
}

constexpr int kShareInFlight = 64;

struct Failing {
  const char* name;
  double share;
  bool in_turn;
};

}  // namespace

void run_share(Bench& bench, CaseReport& report) {
  constexpr auto kLatency = 5ms;
  constexpr double kMost = kShareInFlight * 1000.0 / kLatency.count();
  const std::vector<Failing> all{
      {"0.02 failing", 0.02, false},       {"0.05 failing", 0.05, false}, {"0.1 failing", 0.1, false},
      {"0.2 failing", 0.2, false},         {"0.3 failing", 0.3, false},   {"0.5 failing", 0.5, false},
      {"every second failing", 0.5, true}, {"0.7 failing", 0.7, false},   {"0.9 failing", 0.9, false}};
  in_rounds(bench, [&] {
    bench.progress().show("none failing");
    const double healthy = taken_in_per_second(bench, {.latency = kLatency}, kMost);
    report.add("worker, none failing", "rows/s", healthy);
    for (const Failing& failing : all) {
      bench.progress().show(failing.name);
      ReceiverOptions options{.latency = kLatency};
      options.failing = failing.share;
      options.failing_in_turn = failing.in_turn;
      const double rate = taken_in_per_second(bench, options, kMost * (1 - failing.share));
      report.add(std::string("worker, ") + failing.name, "rows/s", rate);
      report.add(std::string("of the working part, ") + failing.name, "times",
                 rate / (healthy * (1 - failing.share)));
    }
  });
  report.note(
      "answers after 5 ms; a share of them, by chance, is 503, whatever the row; retries after 50 to 500 ms");
}

void run_varied(Bench& bench, CaseReport& report) {
  ReceiverOptions wide;
  wide.latencies = {{0.2, 0ms}, {0.2, 1ms}, {0.2, 5ms}, {0.2, 20ms}, {0.2, 100ms}};
  ReceiverOptions tail;
  tail.latencies = {{0.95, 10ms}, {0.05, 300ms}};
  const double most_wide = kShareInFlight / 0.0252;
  const double most_tail = kShareInFlight / 0.0245;
  in_rounds(bench, [&] {
    bench.progress().show("0 to 100 ms");
    const double of_wide = taken_in_per_second(bench, wide, most_wide);
    bench.progress().show("10 or 300 ms");
    const double of_tail = taken_in_per_second(bench, tail, most_tail);
    report.add("worker, 0 to 100 ms", "rows/s", of_wide);
    report.add("of what latency allows, 0 to 100 ms", "times", of_wide / most_wide);
    report.add("worker, 10 or 300 ms", "rows/s", of_tail);
    report.add("of what latency allows, 10 or 300 ms", "times", of_tail / most_tail);
  });
  report.note("0, 1, 5, 20 or 100 ms with the same chance; or 10 ms, and 300 ms for one in twenty");
}

}  // namespace keitaro_outbox::bench
