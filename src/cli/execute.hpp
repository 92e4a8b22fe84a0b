#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/services.hpp"
#include "config/environment.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::cli {

/// What a verb works with beside its flags.
struct Surroundings {
  std::ostream& out;  ///< What was asked for.
  std::ostream& err;  ///< Warnings, a line each.
  Services& services;
  config::Environment environment;
  core::WallTime now{};
  std::optional<std::size_t> line_width = {};  ///< Columns of the terminal; tables are not cut without one.
  bool terminal = false;                       ///< Whether `out` is the terminal of standard output.
  std::optional<std::size_t> progress_width =
      {};  ///< The same of the terminal that `err` goes to; nothing is drawn without one.
};

// The verbs. What goes wrong is thrown: UsageError, config::ConfigError, keitaro_outbox::Error,
// ports::StoreError.
ExitCode execute(const Init& args, const Command& command, const Surroundings& around);
ExitCode execute(const Run& args, const Command& command, const Surroundings& around);
ExitCode execute(const Drain& args, const Command& command, const Surroundings& around);
ExitCode execute(const Add& args, const Command& command, const Surroundings& around);
ExitCode execute(const Import& args, const Command& command, const Surroundings& around);
ExitCode execute(const Export& args, const Command& command, const Surroundings& around);
ExitCode execute(const Status& args, const Command& command, const Surroundings& around);
ExitCode execute(const List& args, const Command& command, const Surroundings& around);
ExitCode execute(const Show& args, const Command& command, const Surroundings& around);
ExitCode execute(const Explain& args, const Command& command, const Surroundings& around);
ExitCode execute(const Preview& args, const Command& command, const Surroundings& around);
ExitCode execute(const RetryCancel& args, const Command& command, const Surroundings& around);
ExitCode execute(const Pause& args, const Command& command, const Surroundings& around);
ExitCode execute(const Prune& args, const Command& command, const Surroundings& around);
ExitCode execute(const Check& args, const Command& command, const Surroundings& around);
ExitCode execute(const Verify& args, const Command& command, const Surroundings& around);
ExitCode execute(const Intake& args, const Command& command, const Surroundings& around);
ExitCode execute(const ServePage& args, const Command& command, const Surroundings& around);
ExitCode execute(const IntakeRejects& args, const Command& command, const Surroundings& around);
ExitCode execute(const Move& args, const Command& command, const Surroundings& around);
ExitCode execute(const SourceKey& args, const Command& command, const Surroundings& around);
ExitCode execute(const SourceUrl& args, const Command& command, const Surroundings& around);
ExitCode execute(const LinkBuild& args, const Command& command, const Surroundings& around);
ExitCode execute(const LinkParse& args, const Command& command, const Surroundings& around);

/// Reads the arguments after the program's name, does what they say, and turns what goes wrong into one line
/// on `err` and an exit code.
ExitCode run_command_line(const std::vector<std::string>& arguments, const Surroundings& around);

}  // namespace keitaro_outbox::cli
