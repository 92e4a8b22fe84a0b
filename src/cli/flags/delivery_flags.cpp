#include "cli/flags/delivery_flags.hpp"

#include <CLI/CLI.hpp>

#include "cli/flags/flags.hpp"
#include "config/option_values.hpp"

namespace keitaro_outbox::cli {
namespace {

void add_allow_private_flag(CLI::App& app, config::TrackerOptions& tracker) {
  app.add_flag_callback(
      "--allow-private", [&tracker] { tracker.allow_private = true; },
      "allow loopback, private and link-local addresses");
}

void add_tracker_flags(CLI::App& app, config::Overrides& overrides) {
  config::TrackerOptions& tracker = overrides.tracker;
  add_allow_private_flag(app, tracker);
  flag(app, "--request-timeout", "TIME", "for one request, connecting included (10s)",
       [&](const std::string& v) {
         tracker.request_timeout = config::duration_value(v, config::kRequestTimeout);
       });
  flag(app, "--concurrency", "N", "requests in flight (64)", [&](const std::string& v) {
    tracker.concurrency = static_cast<int>(config::count_value(v, config::kConcurrency));
  });
  flag(app, "--rate", "N", "requests a second, 0 for no limit (0)",
       [&](const std::string& v) { tracker.rate = config::rate_value(v); });
  flag(app, "--max-attempts", "N", "after so many failures a row is dead (20)", [&](const std::string& v) {
    tracker.max_attempts = static_cast<int>(config::count_value(v, config::kMaxAttempts));
  });
  flag(app, "--retry-first-delay", "TIME", "pause after the first failure (1s)", [&](const std::string& v) {
    tracker.retry_first_delay = config::duration_value(v, config::kRetryFirstDelay);
  });
  flag(app, "--retry-max-delay", "TIME", "longest pause between two tries (1h)", [&](const std::string& v) {
    tracker.retry_max_delay = config::duration_value(v, config::kRetryMaxDelay);
  });
}

void add_page_flag(CLI::App& app, config::Overrides& overrides) {
  flag(app, "--page", "MODE", "the page for people there: on, read-only or off (on)",
       [&](const std::string& v) { overrides.page = config::page_mode_value(v); });
}

void add_listen_flag(CLI::App& app, config::Overrides& overrides) {
  flag(app, "--listen", "HOST:PORT", "serve the page, /metrics, /healthz, /readyz there: 127.0.0.1:9464",
       [&](const std::string& v) { overrides.listen = config::listen_value(v); });
  add_page_flag(app, overrides);
}

void add_log_flags(CLI::App& app, config::Overrides& overrides) {
  flag(app, "--log-level", "LEVEL", "debug, info, warn or error (info)",
       [&](const std::string& v) { overrides.log_level = config::log_level_value(v); });
  flag(app, "--log-format", "FORMAT", "text or json, to stderr (text)",
       [&](const std::string& v) { overrides.log_format = config::log_format_value(v); });
}

void add_process_flags(CLI::App& app, config::Overrides& overrides) {
  flag(app, "--grace", "TIME", "what requests in flight get at a stop (10s)",
       [&](const std::string& v) { overrides.grace = config::duration_value(v, config::kGrace); });
  flag(app, "--senders", "N", "threads that send (1)", [&](const std::string& v) {
    overrides.senders = static_cast<int>(config::count_value(v, config::kSenders));
  });
  add_listen_flag(app, overrides);
  flag(app, "--heartbeat", "URL", "request this address for as long as all is well",
       [&](const std::string& v) { overrides.heartbeat = v; });
  flag(app, "--heartbeat-interval", "TIME", "how often (1m)", [&](const std::string& v) {
    overrides.heartbeat_interval = config::duration_value(v, config::kHeartbeatInterval);
  });
  add_log_flags(app, overrides);
}

}  // namespace

void add_delivery_flags(CLI::App& app, config::Overrides& overrides) {
  add_to_flag(app, overrides);
  add_tracker_flags(app, overrides);
  add_process_flags(app, overrides);
}

void add_intake_flags(CLI::App& app, config::Overrides& overrides) {
  add_listen_flag(app, overrides);
  add_log_flags(app, overrides);
}

void add_page_verb_flags(CLI::App& app, config::Overrides& overrides) {
  add_to_flag(app, overrides);
  flag(app, "--listen", "HOST:PORT", "where to serve it (127.0.0.1:8490)",
       [&](const std::string& v) { overrides.listen = config::listen_value(v); });
  flag(app, "--page", "MODE", "on, or read-only: no actions (on)",
       [&](const std::string& v) { overrides.page = config::page_mode_value(v); });
  add_log_flags(app, overrides);
}

/// A decision of the moment, so that there is no key of this name: it would accept whatever comes.
void add_resume_flag(CLI::App& app, bool& resume_restored) {
  app.add_flag("--resume-restored", resume_restored,
               "go on with a database that was restored from an older copy");
}

void add_to_flag(CLI::App& app, config::Overrides& overrides) {
  flag(app, "--to", "URL", "postback URL of the tracker `default` (or KEITARO_POSTBACK_URL)",
       [&](const std::string& v) { overrides.to = v; });
}

void add_check_flags(CLI::App& app, Check& check) {
  config::TrackerOptions& tracker = check.overrides.tracker;
  add_to_flag(app, check.overrides);
  app.add_flag("--offline", check.offline, "leave the network out");
  add_allow_private_flag(app, tracker);
  flag(app, "--request-timeout", "TIME", "for the test request (10s)", [&](const std::string& v) {
    tracker.request_timeout = config::duration_value(v, config::kRequestTimeout);
  });
}

}  // namespace keitaro_outbox::cli
