#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/text/time.hpp"
#include "sim/simulator.hpp"
#include "sim/tracker.hpp"

namespace keitaro_sim {

/// What the command line asks for.
struct Options {
  std::string host = "127.0.0.1";
  int port = 8787;
  std::string port_file;  ///< Empty for none, as the next one.
  std::string log_file;
  std::optional<keitaro_outbox::core::Millis> quit_after;
  SimulatorSettings simulator;
  TrackerSettings tracker;
};

/// The command ends at once with this text: help (`code` 0, to stdout) or what is wrong (2, to stderr, one
/// line).
struct Ending {
  int code = 0;
  std::string text;
};

/// Reads the command line, without the program's name, and the files of clicks and rates that it names.
std::variant<Options, Ending> parse_options(const std::vector<std::string>& arguments);

}  // namespace keitaro_sim
