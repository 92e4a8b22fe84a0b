#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/services.hpp"
#include "config/settings.hpp"
#include "core/text/time.hpp"
#include "ports/outbox.hpp"
#include "report/finding.hpp"

namespace keitaro_outbox::app {

using report::Finding;
using report::Verdict;

/// Looks at everything that could keep a postback from arriving. Sends each tracker one request, unless
/// offline. Throws nothing that a finding can say.
std::vector<Finding> check_all(ports::Outbox& outbox, const cli::CheckOptions& options,
                               const config::Settings& settings);

// Its parts.
void check_database(ports::Outbox& outbox, const cli::CheckOptions& options, const config::Settings& settings,
                    std::vector<Finding>& findings);
void check_front_door(ports::Outbox& outbox, const cli::CheckOptions& options,
                      const config::Settings& settings, std::vector<Finding>& findings);
void check_url(const delivery::TrackerSpec& spec, const core::PostbackUrl& url,
               std::vector<Finding>& findings);
void check_way(const delivery::TrackerSpec& spec, const core::PostbackUrl& url,
               std::vector<Finding>& findings);
/// Whether the tracker's own records can be read, and what the key sees of ours.
void check_read_back(ports::Outbox& outbox, const delivery::TrackerSpec& spec,
                     const cli::CheckOptions& options, std::vector<Finding>& findings);
void check_templates(const delivery::TrackerSpec& spec, std::vector<Finding>& findings);

/// Where the tracker's requests go: its URL, or the addresses of its templates, each once.
std::vector<core::PostbackUrl> addresses_of(const core::TrackerRules& rules);

/// For a database that OutboxReader::was_used_elsewhere() tells of.
inline constexpr std::string_view kUsedElsewhere =
    "outcomes were recorded in it by a worker elsewhere: where it is a copy of a database that is still "
    "delivered from, its pending rows go out twice; cancel them before a worker runs here";

/// The subid of the test request: Keitaro knows no such click, and so ignores it.
inline constexpr std::string_view kCheckSubid = "keitaro-outbox-check";

}  // namespace keitaro_outbox::app
