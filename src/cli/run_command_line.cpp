#include <exception>
#include <new>

#include "cli/execute.hpp"
#include "cli/flags/command_line.hpp"
#include "cli/terminal/ascii_output.hpp"
#include "core/text/printable.hpp"
#include "keitaro_outbox/error.hpp"
#include "ports/out_of_memory.hpp"
#include "ports/outbox_store.hpp"
#include "process/held_signals.hpp"

namespace keitaro_outbox::cli {
namespace {

ExitCode complain(const Surroundings& around, ExitCode code, const char* what) {
  const std::string line = "keitaro-outbox: " + core::printable(what) + "\n";
  if (locale_shows_utf8(around.environment)) {
    around.err << line;
  } else {
    AsciiOutput(around.err) << line;
  }
  return code;
}

/// What programs read, whatever the terminal's locale is.
bool prints_data(const Command& command) {
  return command.json || std::holds_alternative<Export>(command.verb);
}

/// What runs until it is told to end, and takes the signals when it is ready to.
bool is_a_service(const Command& command) {
  return std::holds_alternative<Run>(command.verb) || std::holds_alternative<Drain>(command.verb) ||
         std::holds_alternative<Intake>(command.verb) || std::holds_alternative<ServePage>(command.verb);
}

ExitCode execute_parsed(const Parsed& parsed, const Surroundings& around) {
  if (!parsed.command) {
    around.out << parsed.text;
    return kDone;
  }
  if (!is_a_service(*parsed.command)) process::release_held_signals();
  return std::visit([&](const auto& args) { return execute(args, *parsed.command, around); },
                    parsed.command->verb);
}

ExitCode execute_command(const std::vector<std::string>& arguments, const Surroundings& around) {
  const Parsed parsed = parse_command_line(arguments, around.environment);
  if (locale_shows_utf8(around.environment) || (parsed.command && prints_data(*parsed.command)))
    return execute_parsed(parsed, around);
  AsciiOutput out(around.out);
  AsciiOutput err(around.err);
  return execute_parsed(parsed, {out, err, around.services, around.environment, around.now, around.line_width,
                                 around.terminal, around.progress_width});
}

}  // namespace

ExitCode run_command_line(const std::vector<std::string>& arguments, const Surroundings& around) {
  ExitCode code = kFailed;
  try {
    code = execute_command(arguments, around);
  } catch (const UsageError& error) {
    return complain(around, kWrongUsage, error.what());
  } catch (const config::ConfigError& error) {
    return complain(around, kWrongUsage, error.what());
  } catch (const RuleError& error) {
    return complain(around, kWrongUsage, error.what());
  } catch (const std::bad_alloc&) {
    return complain(around, kFailed, ports::kOutOfMemory);
  } catch (const std::exception& error) {
    return complain(around, kFailed, error.what());
  }
  around.out.flush();
  if (!around.out) return complain(around, kFailed, "the output could not be written: is the disk full?");
  return code;
}

}  // namespace keitaro_outbox::cli
