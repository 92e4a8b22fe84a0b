#include "app/interruption.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM};

// Written by a signal handler.
volatile std::sig_atomic_t end_asked = 0;

extern "C" void ask_for_end(int) {
  end_asked = 1;
}

}  // namespace

Interruption::Interruption() {
  end_asked = 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = ask_for_end;
    // Without SA_RESTART: a read() that waits for input is to return.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, &previous_[i]);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &previous_[i], nullptr);
}

bool Interruption::asked() noexcept {
  return end_asked != 0;
}

}  // namespace keitaro_outbox::app
