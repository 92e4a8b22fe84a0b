#include "sqlite/durability/lock_duty_cycle.hpp"

#include <algorithm>
#include <thread>

namespace keitaro_outbox::sqlite {

void LockDutyCycle::held_since(Clock::time_point begun) {
  const auto now = Clock::now();
  const auto held = std::chrono::duration<double>(now - begun);
  const auto pause = std::chrono::duration_cast<Clock::duration>(held * pause_per_hold_);
  free_until_ = now + std::max(pause, least_);
}

void LockDutyCycle::wait() const {
  std::this_thread::sleep_until(free_until_);
}

}  // namespace keitaro_outbox::sqlite
