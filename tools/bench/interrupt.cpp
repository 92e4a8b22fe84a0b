#include "bench/interrupt.hpp"

#include <signal.h>
#include <time.h>

namespace keitaro_outbox::bench {
namespace {

volatile sig_atomic_t asked = 0;

void ask(int) {
  asked = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = ask;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void throw_if_interrupted() {
  if (asked != 0) throw Interrupted();
}

void pause_for(std::chrono::nanoseconds duration) {
  throw_if_interrupted();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const timespec wanted{seconds.count(), (duration - seconds).count()};
  nanosleep(&wanted, nullptr);
  throw_if_interrupted();
}

}  // namespace keitaro_outbox::bench
