#pragma once

#include <array>
#include <csignal>

namespace keitaro_outbox::app {

/// While it lives, SIGINT and SIGTERM only ask for an end, which asked() then tells, and end a wait for
/// input; a second one ends the process as usual. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static bool asked() noexcept;

 private:
  std::array<struct sigaction, 2> previous_{};
};

}  // namespace keitaro_outbox::app
