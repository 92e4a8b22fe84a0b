#include "faults/host.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "schedules/world.hpp"

namespace keitaro_outbox::faults {
namespace {

using namespace std::chrono_literals;

constexpr int kTurnsPerInstant = 200;

}  // namespace

Host::Host(const std::string& database, ports::Observer& observer, simulation::SimReceiver& receiver)
    : database_(database),
      transport_(clock_, receiver, no_hooks_, no_wiretap_),
      store_(database),
      cycle_(store_, transport_, clock_, jitter_, observer, {simulation::tracker_named("default")}) {}

bool Host::run_until_drained(const std::function<void()>& each_turn) {
  const core::SteadyTime end = clock_.steady() + 24h;
  while (clock_.steady() < end) {
    std::optional<core::SteadyTime> next;
    for (int turns = 0; !next || *next <= clock_.steady(); ++turns) {
      if (turns == kTurnsPerInstant) throw std::runtime_error("the worker spins");
      transport_.catch_up();
      each_turn();
      next = cycle_.turn();
      if (cycle_.drained()) return true;
      const auto event = transport_.next_event();
      if (event && (!next || *event < *next)) next = event;
      if (!next) next = end;
    }
    clock_.advance_to(*next);
  }
  return false;
}

void Host::checkpoint(bool restart) {
  sqlite::CheckpointerOptions options;
  options.every_pages = 1;
  if (restart) options.restart_bytes = 1;
  sqlite::Checkpointer checkpointer(database_, options);
  checkpointer.log_has(1000);
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (true) {
    const auto stats = checkpointer.stats();
    if (stats.failures > 0) throw std::runtime_error(stats.last_error);
    if (restart ? stats.restarts > 0 : stats.passive > 0) return;
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no checkpoint within 10 s");
    std::this_thread::sleep_for(100us);
  }
}

}  // namespace keitaro_outbox::faults
