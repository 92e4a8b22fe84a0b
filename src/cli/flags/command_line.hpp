#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "config/environment.hpp"

namespace keitaro_outbox::cli {

/// What a command line asks for: a command, or just a text (`--help`, `--version`).
struct Parsed {
  std::optional<Command> command;
  std::string text;
};

/// Reads the arguments after the program's name. `KEITARO_OUTBOX_DB` stands in for a missing `--db`. Throws
/// UsageError.
Parsed parse_command_line(const std::vector<std::string>& arguments, const config::Environment& environment);

}  // namespace keitaro_outbox::cli
