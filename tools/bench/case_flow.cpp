#include <algorithm>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/plot.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr double kLimit = 1000;  ///< Requests a second.
constexpr auto kSample = 200ms;

/// What the receiver sees, over time.
struct Seen {
  Curve in_flight{"in flight", {}};
  Curve sent{"requests a second", {}};
  Curve taken_in{"taken in a second", {}};
  Curve share{"share taken in", {}};
};

/// One stretch of the receiver's life.
struct Stretch {
  const char* name;
  double seconds;
  std::function<void(Receiver&)> begin;
};

void watch(Receiver& receiver, Clock::time_point start, Clock::time_point end, Seen& seen) {
  std::uint64_t requests = receiver.requests();
  std::uint64_t taken_in = receiver.taken_in();
  while (Clock::now() < end) {
    const auto begun = Clock::now();
    std::uint64_t in_flight = 0;
    int looks = 0;
    while (Clock::now() - begun < kSample) {
      pause_for(5ms);
      in_flight += receiver.in_flight();
      ++looks;
    }
    const double span = std::chrono::duration<double>(Clock::now() - begun).count();
    const double at = std::chrono::duration<double>(Clock::now() - start).count();
    const auto more_requests =
        static_cast<double>(receiver.requests() - std::exchange(requests, receiver.requests()));
    const auto more_taken_in =
        static_cast<double>(receiver.taken_in() - std::exchange(taken_in, receiver.taken_in()));
    seen.in_flight.points.emplace_back(at, static_cast<double>(in_flight) / looks);
    seen.sent.points.emplace_back(at, more_requests / span);
    seen.taken_in.points.emplace_back(at, more_taken_in / span);
    if (more_requests > 0) seen.share.points.emplace_back(at, std::min(more_taken_in / more_requests, 1.0));
  }
}

}  // namespace

void run_flow(Bench& bench, CaseReport& report) {
  const double part = bench.settings().short_run ? 0.05 : 1;
  const std::vector<Stretch> stretches{
      {"well", 5, [](Receiver&) {}},
      {"half fails", 10, [](Receiver& receiver) { receiver.set_failing(0.5); }},
      {"refuses above 1,000 a second", 10,
       [](Receiver& receiver) {
         receiver.set_failing(0);
         receiver.set_capacity(kLimit);
       }},
      {"down", 10,
       [](Receiver& receiver) {
         receiver.set_capacity(0);
         receiver.set_failing(1);
       }},
      {"well again", 10, [](Receiver& receiver) { receiver.set_failing(0); }}};
  in_rounds(bench, [&] {
    const std::string db = bench.make_outbox("outbox.db", static_cast<std::uint64_t>(400'000 * part));
    Seen seen;
    {
      Receiver receiver({.latency = 5ms, .beyond_capacity = 503});
      Worker worker(
          bench, {db, receiver.url(), {"--retry-first-delay", "50ms", "--retry-max-delay", "500ms"}, false});
      const auto start = Clock::now();
      double until = 0;
      for (const Stretch& stretch : stretches) {
        bench.progress().show(stretch.name);
        stretch.begin(receiver);
        const std::uint64_t requests = receiver.requests();
        const std::uint64_t taken_in = receiver.taken_in();
        until += stretch.seconds * part;
        watch(receiver, start,
              start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(until)),
              seen);
        const double seconds = stretch.seconds * part;
        report.add(std::string("requests, ") + stretch.name, "a second",
                   static_cast<double>(receiver.requests() - requests) / seconds);
        report.add(std::string("taken in, ") + stretch.name, "a second",
                   static_cast<double>(receiver.taken_in() - taken_in) / seconds);
      }
      worker.kill();
    }
    remove_database(db);
    if (bench.settings().flow_plot.empty()) return;
    std::ofstream out(bench.settings().flow_plot);
    write_svg(
        out,
        {.title =
             "A tracker that is well (0 s), fails in half (5 s), refuses more than 1,000 a second (15 s), "
             "is down (25 s), is well (35 s)",
         .x_name = "seconds",
         .x_from_nought = true,
         .panels = {{.y_name = "requests in flight", .logarithmic = false, .curves = {seen.in_flight}},
                    {.y_name = "share taken in", .logarithmic = false, .curves = {seen.share}},
                    {.y_name = "a second", .logarithmic = false, .curves = {seen.sent, seen.taken_in}}}});
    if (!out.flush())
      throw std::runtime_error(bench.settings().flow_plot.string() + " cannot be written (--flow-plot)");
  });
  report.note("answers after 5 ms; what is refused or fails is answered 503");
}

}  // namespace keitaro_outbox::bench
