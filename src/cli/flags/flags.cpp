#include "cli/flags/flags.hpp"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "cli/command.hpp"

namespace keitaro_outbox::cli {
namespace {

void read_value(const std::string& name, const std::string& value,
                const std::function<void(const std::string&)>& take) {
  try {
    take(value);
  } catch (const config::ValueError& error) {
    throw UsageError(name + ": " + error.what());
  }
}

}  // namespace

CLI::Option* flag(CLI::App& app, const std::string& name, const std::string& value_name,
                  const std::string& help, std::function<void(const std::string&)> take) {
  return app
      .add_option_function<std::string>(
          name, [name, take = std::move(take)](const std::string& value) { read_value(name, value, take); },
          help)
      ->type_name(value_name);
}

void add_force_flag(CLI::App& app, TrackerChoice& choice) {
  app.add_flag("--force", choice.force, "take the tracker's name though nothing knows it");
}

CLI::Option* repeated_flag(CLI::App& app, const std::string& name, const std::string& value_name,
                           const std::string& help, std::function<void(const std::string&)> take) {
  return app
      .add_option_function<std::vector<std::string>>(
          name,
          [name, take = std::move(take)](const std::vector<std::string>& values) {
            for (const std::string& value : values) read_value(name, value, take);
          },
          help)
      ->type_name(value_name)
      ->allow_extra_args(false);
}

core::State state_value(const std::string& text) {
  const auto state = core::state_named(text);
  if (!state) throw config::ValueError("write pending, delivered, duplicate, refused, dead or cancelled");
  return *state;
}

core::Verdict verdict_value(const std::string& text) {
  const auto verdict = core::verdict_named(text);
  if (!verdict) throw config::ValueError("write unchecked, recorded, differs, absent or unknowable");
  return *verdict;
}

core::Verdict doubtful_verdict_value(const std::string& text) {
  const auto verdict = core::verdict_named(text);
  if (!verdict || *verdict == core::Verdict::unchecked || *verdict == core::Verdict::recorded)
    throw config::ValueError("write absent, differs or unknowable");
  return *verdict;
}

}  // namespace keitaro_outbox::cli
