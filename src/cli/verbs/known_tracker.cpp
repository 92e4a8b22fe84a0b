#include "cli/verbs/known_tracker.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "config/load_settings.hpp"
#include "config/nearest.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What rows name that were written without a tracker, and `--to`.
constexpr std::string_view kDefault = "default";

std::string did_you_mean(const std::string& name, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = config::nearest(name, views);
  return near ? ": did you mean '" + core::printable(*near) + "'?" : std::string();
}

}  // namespace

TrackerLookup look_up_tracker(const std::string& name, const TrackerChoice& choice, const Command& command,
                              const Surroundings& around) {
  if (name.empty()) throw UsageError("the tracker's name is empty: name one, such as default");
  TrackerLookup found;
  std::vector<std::string> known;
  try {
    const config::Settings settings = config::load_settings(choice.overrides, around.environment);
    for (const delivery::TrackerSpec& spec : settings.trackers) known.push_back(spec.rules.name);
    if (!known.empty()) found.configured = std::ranges::find(known, name) != known.end();
  } catch (const config::ConfigError& error) {
    found.warning = std::string("the configuration was not looked into: ") + error.what();
  }
  if (found.configured == true) return found;
  const std::string shown = "'" + core::cut_to_width(core::printable(name), 60) + "'";
  const std::string not_configured =
      found.configured == false ? "the configuration has no tracker " + shown : std::string();
  if (!choice.force && !(name == kDefault && !found.configured)) {
    const auto reader = around.services.outbox(command.database)->reader();
    const std::vector<std::string> noted = reader->tracker_names();
    known.insert(known.end(), noted.begin(), noted.end());
    if (std::ranges::find(noted, name) == noted.end() && !reader->has_row_of(name)) {
      std::string text = found.configured == false ? not_configured + ", and no row or worker knows it"
                                                   : "no row or worker knows the tracker " + shown;
      text += did_you_mean(name, known);
      if (!text.ends_with('?')) text += ".";
      if (!found.warning.empty()) text += " (" + found.warning + ")";
      text += found.configured == false ? "" : " If only the configuration names it, add --config FILE.";
      throw UsageError(text + " --force takes the name as it is");
    }
  }
  if (found.configured == false) found.warning = not_configured + did_you_mean(name, known);
  return found;
}

void require_known_tracker(const std::optional<std::string>& name, const TrackerChoice& choice,
                           const Command& command, const Surroundings& around) {
  if (name) look_up_tracker(*name, choice, command, around);
}

}  // namespace keitaro_outbox::cli
