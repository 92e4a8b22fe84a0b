#include "process/held_signals.hpp"

#include <signal.h>

#include <optional>

namespace keitaro_outbox::process {
namespace {

std::optional<sigset_t> before;

}  // namespace

void hold_signals() noexcept {
  sigset_t held;
  sigset_t found;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  sigaddset(&held, SIGHUP);
  if (pthread_sigmask(SIG_BLOCK, &held, &found) == 0) before = found;
}

void release_held_signals() noexcept {
  if (before) pthread_sigmask(SIG_SETMASK, &*before, nullptr);
  before.reset();
}

}  // namespace keitaro_outbox::process
