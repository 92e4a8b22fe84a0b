#include "monitoring/health_state.hpp"

#include <array>

namespace keitaro_outbox::monitoring {

using core::SteadyTime;
using worker::RunPhase;

HealthState::HealthState(const NotifySocket& socket, ports::Observer* next)
    : ForwardingObserver(next), socket_(socket), turned_at_(std::chrono::steady_clock::now()) {}

void HealthState::turned(RunPhase phase) noexcept {
  const SteadyTime now = std::chrono::steady_clock::now();
  turned_at_.store(now, std::memory_order_relaxed);
  phase_.store(phase, std::memory_order_relaxed);
  if (!socket_.present()) return;
  if (phase == RunPhase::stopping && !stopping_told_) {
    stopping_told_ = true;
    socket_.tell("STOPPING=1\n");
  }
  const auto interval = socket_.watchdog_interval();
  if (!interval || now - watchdog_fed_at_ < *interval) return;
  watchdog_fed_at_ = now;
  socket_.tell("WATCHDOG=1\n");
}

void HealthState::on_store_trouble(std::string_view what, core::Millis next_try_in) {
  database_ok_.store(false, std::memory_order_relaxed);
  ForwardingObserver::on_store_trouble(what, next_try_in);
}

void HealthState::on_store_recovered() {
  database_ok_.store(true, std::memory_order_relaxed);
  ForwardingObserver::on_store_recovered();
}

core::Millis HealthState::since_last_turn() const {
  return std::chrono::floor<core::Millis>(std::chrono::steady_clock::now() -
                                          turned_at_.load(std::memory_order_relaxed));
}

Health HealthState::live() const {
  const auto since = std::chrono::floor<std::chrono::seconds>(since_last_turn());
  if (since < kLongestTurn) return {true, "ok"};
  return {false, "the delivery loop has not turned for " + std::to_string(since.count()) + " s"};
}

Health HealthState::ready() const {
  const Health live_now = live();
  if (!live_now.ok) return live_now;
  const RunPhase now = phase();
  if (now == RunPhase::standing_by) return {true, "standing by: another worker delivers"};
  if (now != RunPhase::delivering) return {false, std::string(name_of(now))};
  if (!database_ok()) return {false, "the database cannot be used at present"};
  return {true, "delivering"};
}

std::string_view name_of(RunPhase phase) {
  constexpr std::array<std::string_view, 5> kNames{"starting", "standing by", "delivering", "stopping",
                                                   "ended"};
  return kNames.at(static_cast<std::size_t>(phase));
}

}  // namespace keitaro_outbox::monitoring
