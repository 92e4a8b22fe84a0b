#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/environment.hpp"
#include "cli/command.hpp"

namespace keitaro_outbox::cli {

/// What a command line asks for: a command, or just a text (`--help`, `--version`).
struct Parsed {
  std::optional<Command> command;
  std::string text;
};

/// Reads the arguments after the program's name. `KEITARO_OUTBOX_DB` stands in for a missing `--db`. Throws
/// UsageError.
Parsed parse_command_line(const std::vector<std::string>& arguments, const app::Environment& environment);

}  // namespace keitaro_outbox::cli
