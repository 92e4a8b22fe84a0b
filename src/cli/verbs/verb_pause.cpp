// The verbs `pause` and `resume`.
#include <algorithm>
#include <vector>

#include "cli/execute.hpp"
#include "config/load_settings.hpp"
#include "config/nearest.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What the configuration says of a tracker's name.
struct Acquaintance {
  std::optional<bool> known;  ///< nullopt without a configuration, or with one that cannot be read.
  std::string warning;        ///< Empty when there is nothing to say.
};

/// A configuration that cannot be read is no reason not to pause: it may be that only the worker has the key.
Acquaintance look_up(const Pause& args, const config::Environment& environment) {
  config::Settings settings;
  try {
    settings = config::load_settings(args.overrides, environment);
  } catch (const config::ConfigError& error) {
    return {std::nullopt, std::string("the configuration was not looked into: ") + error.what()};
  }
  if (settings.trackers.empty()) return {};
  std::vector<std::string_view> names;
  for (const delivery::TrackerSpec& spec : settings.trackers) names.push_back(spec.rules.name);
  if (std::ranges::find(names, args.tracker) != names.end()) return {true, {}};
  const auto near = config::nearest(args.tracker, names);
  return {false, "the configuration has no tracker '" + args.tracker + "'" +
                     (near ? ": did you mean '" + std::string(*near) + "'?" : std::string())};
}

std::string sentence(const Pause& args, bool changed) {
  const std::string name = core::quoted_if_needed(args.tracker);
  if (args.what == Pause::What::resume) return name + (changed ? " goes on" : " was not paused");
  if (!changed) return name + " was paused already";
  return name + " is paused: nothing is sent to it until `keitaro-outbox resume " + name + "`";
}

}  // namespace

ExitCode execute(const Pause& args, const Command& command, const Surroundings& around) {
  if (args.tracker.empty()) throw UsageError("the tracker's name is empty: name one, such as default");
  const Acquaintance acquaintance = look_up(args, around.environment);
  const auto admin = around.services.outbox(command.database)->admin();
  const bool pause = args.what == Pause::What::pause;
  const bool changed = pause ? admin->pause(args.tracker, around.now) : admin->resume(args.tracker);
  if (command.json) {
    report::print_json(around.out, {{"tracker", args.tracker},
                                    {"paused_at", report::json_of(admin->paused_since(args.tracker))},
                                    {"changed", changed},
                                    {"known", report::json_of(acquaintance.known)}});
  } else {
    around.out << sentence(args, changed) << '\n';
  }
  if (acquaintance.warning.empty()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << core::printable(acquaintance.warning) << '\n';
  return kDone;
}

}  // namespace keitaro_outbox::cli
