#pragma once

#include <functional>
#include <string>

#include "config/option_values.hpp"
#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace keitaro_outbox::cli {

/// An option whose value `take` reads. A value that it does not like (config::ValueError) is told with the
/// flag's name.
CLI::Option* flag(CLI::App& app, const std::string& name, const std::string& value_name,
                  const std::string& help, std::function<void(const std::string&)> take);

/// The same for one that may be repeated: `take` is called for each value.
CLI::Option* repeated_flag(CLI::App& app, const std::string& name, const std::string& value_name,
                           const std::string& help, std::function<void(const std::string&)> take);

struct TrackerChoice;

/// `--force`, for a verb that takes a tracker's name.
void add_force_flag(CLI::App& app, TrackerChoice& choice);

/// `pending`, `delivered`, …
core::State state_value(const std::string& text);

/// `unchecked`, `recorded`, …
core::Verdict verdict_value(const std::string& text);
/// The same of those that an action may be about: `differs`, `absent`, `unknowable`.
core::Verdict doubtful_verdict_value(const std::string& text);

inline constexpr config::CountRange kIds{1, INT64_MAX - 1};

}  // namespace keitaro_outbox::cli
