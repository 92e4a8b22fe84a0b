#include "bench/cases.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kCapacity = 1000;  ///< Requests a second.

/// What became of a receiver's requests over a stretch of time, after the worker has found its pace.
struct Pace {
  double requests = 0;
  double taken_in = 0;
  double seconds = 0;
};

Pace watch_pace(Bench& bench, const ReceiverOptions& options, const std::vector<std::string>& flags,
                const std::function<void(Receiver&)>& at_pace, const std::function<void(Receiver&)>& at_end) {
  const std::chrono::milliseconds warm_up = bench.settings().short_run ? 500ms : 5s;
  const std::chrono::milliseconds length = bench.settings().short_run ? 500ms : 8s;
  const auto millis = static_cast<std::uint64_t>((warm_up + length).count());
  const std::string db = bench.make_outbox("outbox.db", 2 * kCapacity * millis / 1000);
  Receiver receiver(options);
  Worker worker(bench, {db, receiver.url(), flags, false});
  bench.progress().show("finding the pace");
  pause_for(warm_up);
  at_pace(receiver);
  const std::uint64_t requests = receiver.requests();
  const std::uint64_t taken_in = receiver.taken_in();
  const auto begun = Clock::now();
  bench.progress().show("at its pace");
  pause_for(length);
  worker.must_run();
  const Pace pace{static_cast<double>(receiver.requests() - requests),
                  static_cast<double>(receiver.taken_in() - taken_in),
                  std::chrono::duration<double>(Clock::now() - begun).count()};
  at_end(receiver);
  worker.stop();
  remove_database(db);
  return pace;
}

}  // namespace

void run_capacity(Bench& bench, CaseReport& report) {
  in_rounds(bench, [&] {
    double longest_wait = 0;
    const Pace line = watch_pace(
        bench, {.latency = 20ms, .each = std::chrono::microseconds{1'000'000 / kCapacity}},
        {"--concurrency", "1000"}, [](Receiver& receiver) { receiver.forget_waits(); },
        [&](Receiver& receiver) {
          longest_wait = std::chrono::duration<double, std::milli>(receiver.longest_wait()).count();
        });
    report.add("worker", "rows/s", line.requests / line.seconds);
    report.add("of what it can do", "times", line.requests / line.seconds / kCapacity);
    report.add("longest wait at its door", "ms", longest_wait);

    const auto nothing = [](Receiver&) {};
    const Pace counted = watch_pace(bench, {.latency = 2ms, .capacity = kCapacity}, {}, nothing, nothing);
    const Pace unavailable = watch_pace(
        bench, {.latency = 2ms, .capacity = kCapacity, .beyond_capacity = 503}, {}, nothing, nothing);
    report.add("taken in, 429 above", "rows/s", counted.taken_in / counted.seconds);
    report.add("of what it allows, 429 above", "times", counted.taken_in / counted.seconds / kCapacity);
    report.add("answered 429", "of requests", 1 - counted.taken_in / counted.requests);
    report.add("of what it allows, 503 above", "times",
               unavailable.taken_in / unavailable.seconds / kCapacity);
    report.add("answered 503", "of requests", 1 - unavailable.taken_in / unavailable.requests);
  });
  report.note(
      "capacity 1,000 a second; one answers 20 ms after a request's turn has come, however many wait, the "
      "others answer 429 or 503 at once");
}

}  // namespace keitaro_outbox::bench
