#include "app/check.hpp"

namespace keitaro_outbox::app {

std::vector<Finding> check_all(const CheckOptions& options, const Settings& settings) {
  std::vector<Finding> findings;
  for (const std::string& warning : settings.warnings) {
    findings.push_back({Verdict::warn, "configuration", {}, warning});
  }
  check_database(options, settings, findings);
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    check_url(spec, findings);
    if (!options.offline) check_way(spec, findings);
  }
  return findings;
}

}  // namespace keitaro_outbox::app
