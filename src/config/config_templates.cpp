#include "config/config_templates.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "config/config_file.hpp"
#include "config/nearest.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::config {
namespace {

bool holds_a_key(const std::string& url) {
  const auto parsed = core::PostbackUrl::parse(url.substr(0, url.find('?')));
  return parsed.url && parsed.url->has_key();
}

delivery::TrackerSpec& tracker_of(const WrittenCampaign& campaign,
                                  std::vector<delivery::TrackerSpec>& trackers) {
  const std::string what = campaign.place + ": campaign " + campaign.shown_code + ": ";
  if (trackers.empty()) throw ConfigError(what + "the file has no [[tracker]] that it could be of");
  if (!campaign.tracker && trackers.size() == 1) return trackers.front();
  const std::string wanted = campaign.tracker.value_or("default");
  const auto found = std::ranges::find_if(
      trackers, [&](const delivery::TrackerSpec& spec) { return spec.rules.name == wanted; });
  if (found != trackers.end()) return *found;
  if (!campaign.tracker) {
    throw ConfigError(what + "the file has several trackers: say which with tracker = \"NAME\"");
  }
  std::vector<std::string_view> names;
  for (const delivery::TrackerSpec& spec : trackers) names.push_back(spec.rules.name);
  const auto near = nearest(wanted, names);
  throw ConfigError(what + "tracker: the file has no tracker of this name" +
                    (near ? ": did you mean '" + std::string(*near) + "'?" : std::string()));
}

}  // namespace

bool add_templates(const std::vector<WrittenTemplate>& templates, const std::string& campaign,
                   const std::string& what, const Environment& environment, delivery::TrackerSpec& spec) {
  bool literal_key = false;
  for (const WrittenTemplate& written : templates) {
    const auto reject = [&](const std::string& message) {
      throw ConfigError(written.place + ": " + what + ": " + written.shown_status + ": " + message);
    };
    std::string filled;
    try {
      filled = fill_from_environment(written.url, environment);
    } catch (const ConfigError& error) {
      reject(error.what());
    }
    const std::string error = spec.rules.templates.add(campaign, written.status, filled, spec.rules.statuses);
    if (!error.empty()) reject(error);
    const bool literal = written.url.find("${") == std::string::npos;
    literal_key = literal_key || (literal && holds_a_key(written.url));
  }
  return literal_key;
}

bool add_campaigns(const std::vector<WrittenCampaign>& campaigns, const Environment& environment,
                   std::vector<delivery::TrackerSpec>& trackers) {
  bool literal_key = false;
  for (const WrittenCampaign& campaign : campaigns) {
    delivery::TrackerSpec& spec = tracker_of(campaign, trackers);
    const std::string what = "campaign " + campaign.shown_code;
    literal_key = add_templates(campaign.templates, campaign.code, what, environment, spec) || literal_key;
  }
  return literal_key;
}

}  // namespace keitaro_outbox::config
