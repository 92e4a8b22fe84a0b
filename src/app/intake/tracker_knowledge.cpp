#include "app/intake/tracker_knowledge.hpp"

#include <algorithm>
#include <vector>

#include "core/rules/status.hpp"

namespace keitaro_outbox::app {

std::function<bool(const intake::Source&, std::string_view campaign, std::string_view status)>
tracker_knowledge(const config::Settings& settings) {
  return [trackers = settings.trackers](const intake::Source& source, std::string_view campaign,
                                        std::string_view status) {
    const auto found = std::ranges::find_if(
        trackers, [&](const delivery::TrackerSpec& spec) { return spec.rules.name == source.tracker; });
    if (found == trackers.end()) return core::StatusMap().find(status).has_value();
    if (const auto* set = found->rules.templates.set_for(campaign)) return set->contains(status);
    return found->rules.statuses.find(status).has_value();
  };
}

}  // namespace keitaro_outbox::app
