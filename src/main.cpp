#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "app/environment.hpp"
#include "cli/execute.hpp"

int main(int argc, char** argv) {
  namespace cli = keitaro_outbox::cli;
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return cli::run_command_line(arguments,
                               {std::cout, std::cerr, keitaro_outbox::app::process_environment(), now});
}
