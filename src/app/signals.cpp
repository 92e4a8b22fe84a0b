#include "app/signals.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "process/held_signals.hpp"
#include "sqlite/lock/recovery_journal.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGPIPE, SIGBUS, SIGHUP};

// Reached from a signal handler: lock-free atomics only.
std::atomic<worker::Engine*> stoppable{nullptr};
std::atomic<process::EventFd*> stop_event{nullptr};
std::atomic<process::EventFd*> reloadable{nullptr};
std::atomic<int> interrupts{0};
std::atomic<int> terminal{-1};
std::array<struct sigaction, kSignals.size()> previous{};

static_assert(std::atomic<worker::Engine*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

[[noreturn]] void end_at_once() {
  constexpr std::string_view kLine =
      "keitaro-outbox: ended at once; what was in flight is sent again next time\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  ::_exit(1);
}

/// A lock file that is cut short while it is mapped must not end the worker.
extern "C" void on_bus_error(int signal, siginfo_t* info, void*) {
  if (sqlite::RecoveryJournal::absorb_fault(info->si_addr)) return;
  // As if it had never been handled: the fault comes again.
  ::signal(signal, SIG_DFL);
}

/// A standard stream that is a terminal; -1 for none.
int own_terminal() {
  for (const int stream : {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO}) {
    if (::isatty(stream) == 1) return stream;
  }
  return -1;
}

bool terminal_is_gone() {
  pollfd polled{terminal.load(), 0, 0};
  return polled.fd >= 0 && ::poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR)) != 0;
}

void stop() {
  if (worker::Engine* engine = stoppable.load()) engine->stop();
  if (process::EventFd* event = stop_event.load()) event->raise();
}

extern "C" void on_stop_signal(int signal) {
  const int saved_errno = errno;
  if (signal == SIGINT && interrupts.fetch_add(1) > 0) end_at_once();
  stop();
  errno = saved_errno;
}

extern "C" void on_hang_up(int /*signal*/) {
  const int saved_errno = errno;
  if (terminal_is_gone()) {
    stop();
  } else if (process::EventFd* reload = reloadable.load()) {
    reload->raise();
  }
  errno = saved_errno;
}

}  // namespace

Signals::Signals(worker::Engine& engine, process::EventFd* reload) : Signals(reload) {
  stoppable = &engine;
  process::release_held_signals();
}

Signals::Signals(process::EventFd& stop, process::EventFd* reload) : Signals(reload) {
  stop_event = &stop;
  process::release_held_signals();
}

Signals::Signals(process::EventFd* reload) {
  interrupts = 0;
  reloadable = reload;
  terminal = own_terminal();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    const int signal = kSignals[i];
    if (signal == SIGHUP && !reload) {
      ::sigaction(signal, nullptr, &previous[i]);
      continue;
    }
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    if (signal == SIGBUS) {
      action.sa_sigaction = on_bus_error;
      action.sa_flags |= SA_SIGINFO;
    } else {
      action.sa_handler = signal == SIGPIPE ? SIG_IGN : signal == SIGHUP ? on_hang_up : on_stop_signal;
    }
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, &previous[i]);
  }
  sqlite::RecoveryJournal::repair_faults(true);
}

Signals::~Signals() {
  sqlite::RecoveryJournal::repair_faults(false);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &previous[i], nullptr);
  stoppable = nullptr;
  stop_event = nullptr;
  reloadable = nullptr;
}

}  // namespace keitaro_outbox::app
