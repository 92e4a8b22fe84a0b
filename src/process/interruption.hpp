#pragma once

#include <array>
#include <csignal>

#include "process/event_fd.hpp"

namespace keitaro_outbox::process {

/// While it lives, SIGINT and SIGTERM only ask for an end, which asked() then tells, and end a wait for
/// input; a second one ends the process as usual. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static bool asked() noexcept;

  /// Returns when the descriptor can be read, or an end was asked for. Without an Interruption it does not
  /// wait.
  static void wait_for_input(int fd) noexcept;

 private:
  EventFd event_;
  std::array<struct sigaction, 2> previous_{};
};

}  // namespace keitaro_outbox::process
