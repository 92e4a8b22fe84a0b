#include "postgresql/worker/poll_signal.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {

PollSignal::PollSignal() : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (timer_ < 0) {
    throw ports::StoreError(ports::StoreError::Kind::other,
                            std::string("no timer can be made: ") + std::strerror(errno));
  }
}

PollSignal::~PollSignal() {
  ::close(timer_);
}

void PollSignal::set(core::SteadyTime at) noexcept {
  const auto since_start = std::max(at.time_since_epoch(), core::SteadyTime::duration{1});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
  itimerspec time{};
  time.it_value.tv_sec = seconds.count();
  time.it_value.tv_nsec = std::chrono::nanoseconds(since_start - seconds).count();
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &time, nullptr);
}

void PollSignal::drain() {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const auto taken = ::read(timer_, &wakes, sizeof wakes);
}

}  // namespace keitaro_outbox::postgresql
