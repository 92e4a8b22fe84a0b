#include "app/signals.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "sqlite/witness.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGPIPE, SIGBUS};

// Reached from a signal handler: lock-free atomics only.
std::atomic<worker::Engine*> stoppable{nullptr};
std::atomic<int> interrupts{0};
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
  if (sqlite::Witness::absorb_fault(info->si_addr)) return;
  // As if it had never been handled: the fault comes again.
  ::signal(signal, SIG_DFL);
}

extern "C" void on_stop_signal(int signal) {
  const int saved_errno = errno;
  if (signal == SIGINT && interrupts.fetch_add(1) > 0) end_at_once();
  if (worker::Engine* engine = stoppable.load()) engine->stop();
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals(worker::Engine& engine) {
  interrupts = 0;
  stoppable = &engine;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    if (kSignals[i] == SIGBUS) {
      action.sa_sigaction = on_bus_error;
      action.sa_flags |= SA_SIGINFO;
    } else {
      action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : on_stop_signal;
    }
    sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, &previous[i]);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &previous[i], nullptr);
  stoppable = nullptr;
}

}  // namespace keitaro_outbox::app
