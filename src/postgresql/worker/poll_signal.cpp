#include "postgresql/worker/poll_signal.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {

PollSignal::PollSignal()
    : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      both_(::epoll_create1(EPOLL_CLOEXEC)) {
  const auto watch = [this](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return ::epoll_ctl(both_, EPOLL_CTL_ADD, fd, &event) == 0;
  };
  if (timer_ >= 0 && both_ >= 0 && watch(timer_) && watch(bell_.fd())) return;
  const std::string why = std::strerror(errno);
  close_all();
  throw ports::StoreError(ports::StoreError::Kind::other, "no timer can be made: " + why);
}

PollSignal::~PollSignal() {
  close_all();
}

void PollSignal::close_all() noexcept {
  for (const int fd : {timer_, both_}) {
    if (fd >= 0) ::close(fd);
  }
}

void PollSignal::set(core::SteadyTime at) noexcept {
  const auto since_start = std::max(at.time_since_epoch(), core::SteadyTime::duration{1});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
  itimerspec time{};
  time.it_value.tv_sec = seconds.count();
  time.it_value.tv_nsec = std::chrono::nanoseconds(since_start - seconds).count();
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &time, nullptr);
}

void PollSignal::ring() noexcept {
  rung_ = true;
  bell_.raise();
}

void PollSignal::drain() {
  bell_.clear();
  std::uint64_t wakes = 0;
  [[maybe_unused]] const auto taken = ::read(timer_, &wakes, sizeof wakes);
}

}  // namespace keitaro_outbox::postgresql
