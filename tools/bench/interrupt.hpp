#pragma once

#include <chrono>
#include <exception>

namespace keitaro_outbox::bench {

/// SIGINT or SIGTERM came: thrown so that children are ended and files removed on the way out.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

void catch_interrupts();
void throw_if_interrupted();

/// Throws Interrupted at once when it is asked for meanwhile.
void pause_for(std::chrono::nanoseconds duration);

}  // namespace keitaro_outbox::bench
