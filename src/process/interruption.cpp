#include "process/interruption.hpp"

#include <poll.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace keitaro_outbox::process {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM};

// Reached from a signal handler: lock-free atomics only.
std::atomic<bool> end_asked{false};
std::atomic<EventFd*> wakes{nullptr};

static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<EventFd*>::is_always_lock_free);

extern "C" void ask_for_end(int) {
  const int saved_errno = errno;
  end_asked = true;
  if (EventFd* event = wakes.load()) event->raise();
  errno = saved_errno;
}

}  // namespace

Interruption::Interruption() {
  end_asked = false;
  wakes = &event_;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = ask_for_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, &previous_[i]);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &previous_[i], nullptr);
  wakes = nullptr;
}

bool Interruption::asked() noexcept {
  return end_asked;
}

void Interruption::wait_for_input(int fd) noexcept {
  const EventFd* event = wakes.load();
  if (event == nullptr) return;
  // By a descriptor of our own: a signal may come just before the wait, or to another thread.
  std::array<pollfd, 2> polled{pollfd{fd, POLLIN, 0}, pollfd{event->fd(), POLLIN, 0}};
  constexpr int kNoLimit = -1;
  while (::poll(polled.data(), polled.size(), kNoLimit) < 0 && errno == EINTR) {
  }
}

}  // namespace keitaro_outbox::process
