#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/queue_watch.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

/// The requests of one run, slot of time by slot, from the receiver's return on.
struct Recovery {
  std::vector<std::uint32_t> slots;
  std::uint64_t most_in_flight = 0;
  std::uint64_t most_connections = 0;
  double peak_mib = 0;
  double cpu_percent_while_down = 0;
};

/// Starts a worker while the receiver is down, has it come back after `outage`, and waits until all rows are
/// gone.
Recovery recover(Bench& bench, std::uint64_t rows, const ReceiverOptions& options,
                 const std::vector<std::string>& flags) {
  const std::string db = bench.make_outbox("outbox.db", rows);
  Receiver receiver(options);
  receiver.go_down();
  Recovery recovery;
  {
    QueueWatch watch(db);
    Worker worker(bench, {db, receiver.url(), flags, false});
    bench.progress().show("the receiver is down");
    const double cpu_before = worker.process().cpu_seconds();
    pause_for(bench.settings().outage);
    worker.must_run();
    recovery.cpu_percent_while_down = (worker.process().cpu_seconds() - cpu_before) /
                                      std::chrono::duration<double>(bench.settings().outage).count() * 100;
    const std::size_t back = receiver.slot_now();
    receiver.come_back();
    watch.wait_until_empty(90s, [&](std::uint64_t) {
      worker.must_run();
      bench.progress().show("the receiver is back", receiver.requests(), rows);
    });
    const auto arrivals = receiver.arrivals();
    recovery.slots.assign(arrivals.begin() + static_cast<std::ptrdiff_t>(back), arrivals.end());
    recovery.most_in_flight = receiver.most_in_flight();
    recovery.most_connections = receiver.most_connections();
    recovery.peak_mib = worker.process().peak_mib();
    worker.stop();
    if (watch.delivered_after(0) != rows)
      throw std::runtime_error("the outage has cost rows: " + bench.log_end());
  }
  remove_database(db);
  while (!recovery.slots.empty() && recovery.slots.back() == 0) recovery.slots.pop_back();
  return recovery;
}

/// Requests in each stretch of `length` slots, from each slot on.
std::vector<double> sums(const std::vector<std::uint32_t>& slots, std::size_t length) {
  std::vector<double> all;
  for (std::size_t i = 0; i + length <= slots.size(); ++i) {
    const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(i);
    all.push_back(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(length), 0.0));
  }
  return all;
}

double per_second(double slot) {
  return slot * (1000.0 / static_cast<double>(Receiver::kSlot.count()));
}

/// Requests a second once all is as before: the median of the second half.
double full_rate(const std::vector<std::uint32_t>& slots) {
  Samples half;
  for (std::size_t i = slots.size() / 2; i < slots.size(); ++i) half.add(slots[i]);
  return per_second(half.median());
}

/// Seconds until requests came at nine tenths of `rate` for half a second.
double seconds_to(double rate, const std::vector<std::uint32_t>& slots) {
  constexpr std::size_t kStretch = 5;
  const auto stretches = sums(slots, kStretch);
  const auto reached = std::find_if(stretches.begin(), stretches.end(), [&](double requests) {
    return per_second(requests / kStretch) >= 0.9 * rate;
  });
  return static_cast<double>(reached - stretches.begin()) *
         std::chrono::duration<double>(Receiver::kSlot).count();
}

void add_limited(Bench& bench, CaseReport& report) {
  constexpr std::uint64_t kRate = 2000;
  constexpr int kInFlight = 16;
  const std::uint64_t rows = kRate * (bench.settings().short_run ? 1 : 15);
  const Recovery limited =
      recover(bench, rows, {.latency = 2ms},
              {"--rate", std::to_string(kRate), "--concurrency", std::to_string(kInFlight)});
  const std::string flags = "--rate " + readable_count(kRate) + " --concurrency " + std::to_string(kInFlight);
  const auto each_second = sums(limited.slots, 10);
  const double most = each_second.empty() ? 0 : *std::max_element(each_second.begin(), each_second.end());
  report.add("requests in any second, " + flags, "requests", most);
  report.add("in flight at most, " + flags, "requests", static_cast<double>(limited.most_in_flight));
  report.add("time to full rate, " + flags, "s", seconds_to(kRate, limited.slots));
}

}  // namespace

void run_outage(Bench& bench, CaseReport& report) {
  in_rounds(bench, [&] {
    const Recovery recovery = recover(bench, bench.settings().backlog, {}, {});
    const double rate = full_rate(recovery.slots);
    report.add("time to full rate", "s", seconds_to(rate, recovery.slots));
    report.add("full rate", "rows/s", rate);
    report.add("connections at most", "connections", static_cast<double>(recovery.most_connections));
    report.add("CPU while it is down, start included", "% of a core", recovery.cpu_percent_while_down);
    report.add("peak memory of the worker", "MiB", recovery.peak_mib);
    add_limited(bench, report);
  });
  report.note("the receiver refused connections for " +
              readable_count(static_cast<std::uint64_t>(bench.settings().outage / 1s)) +
              " s from the worker's start");
}

}  // namespace keitaro_outbox::bench
