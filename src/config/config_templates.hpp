#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace keitaro_outbox::config {

/// One `wait = "https://…"` of a set of templates, as it stands in the file.
struct WrittenTemplate {
  std::string place;  ///< `FILE:LINE`.
  std::string status;
  std::string shown_status;  ///< Fit for a message.
  std::string url;
};

/// One `[campaign.CODE]`.
struct WrittenCampaign {
  std::string place;
  std::string code;
  std::string shown_code;
  std::optional<std::string> tracker;
  std::vector<WrittenTemplate> templates;
};

/// Reads the templates and adds them to the tracker, whose statuses must be known by then: to its own set, or
/// to that of `campaign`. `what` begins the message, `templates` or `campaign 'SUMMER'`. Gives whether a key
/// stands in one of them. Throws ConfigError.
bool add_templates(const std::vector<WrittenTemplate>& templates, const std::string& campaign,
                   const std::string& what, const Environment& environment, delivery::TrackerSpec& spec);

/// Adds each campaign's set to the tracker that it names; without a name to the only one, or to `default`.
/// The rest as add_templates().
bool add_campaigns(const std::vector<WrittenCampaign>& campaigns, const Environment& environment,
                   std::vector<delivery::TrackerSpec>& trackers);

}  // namespace keitaro_outbox::config
