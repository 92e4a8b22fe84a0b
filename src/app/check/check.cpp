#include "app/check/check.hpp"

namespace keitaro_outbox::app {

std::vector<Finding> check_all(ports::Outbox& outbox, const cli::CheckOptions& options,
                               const config::Settings& settings) {
  std::vector<Finding> findings;
  for (const std::string& warning : settings.warnings) {
    findings.push_back({Verdict::warn, "configuration", {}, warning});
  }
  check_database(outbox, options, settings, findings);
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    for (const core::PostbackUrl& url : addresses_of(spec.rules)) {
      check_url(spec, url, findings);
      if (!options.offline) check_way(spec, url, findings);
    }
    check_templates(spec, findings);
    check_read_back(outbox, spec, options, findings);
  }
  check_front_door(outbox, options, settings, findings);
  return findings;
}

}  // namespace keitaro_outbox::app
