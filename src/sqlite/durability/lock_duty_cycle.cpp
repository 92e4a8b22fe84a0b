#include "sqlite/durability/lock_duty_cycle.hpp"

#include <thread>

namespace keitaro_outbox::sqlite {

void LockDutyCycle::held_since(Clock::time_point begun) {
  const auto now = Clock::now();
  free_until_ = now + pause_.after(now - begun);
}

void LockDutyCycle::wait() const {
  std::this_thread::sleep_until(free_until_);
}

}  // namespace keitaro_outbox::sqlite
