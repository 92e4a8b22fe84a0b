#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "app/command_services.hpp"
#include "cli/execute.hpp"
#include "config/environment.hpp"
#include "ports/clock.hpp"
#include "process/held_signals.hpp"

namespace {

/// Columns of the terminal that a descriptor leads to; nullopt for a file or a pipe.
std::optional<std::size_t> terminal_width(int fd) {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  if (::isatty(fd) == 0) return std::nullopt;
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsual;
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = keitaro_outbox::cli;
  keitaro_outbox::process::hold_signals();
  std::ios::sync_with_stdio(false);
  // Beyond `ulimit -f` a write is to fail, not to end the process.
  std::signal(SIGXFSZ, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::optional<std::size_t> width = terminal_width(STDOUT_FILENO);
  const auto now = keitaro_outbox::ports::wall_now();
  keitaro_outbox::app::CommandServices services;
  return cli::run_command_line(
      arguments, {std::cout, std::cerr, services, keitaro_outbox::config::process_environment(), now, width,
                  width.has_value(), terminal_width(STDERR_FILENO)});
}
