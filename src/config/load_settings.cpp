#include "config/load_settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "config/config_file.hpp"
#include "config/config_intake.hpp"
#include "core/text/printable.hpp"
#include "core/url/pasted_url.hpp"

namespace keitaro_outbox::config {
namespace {

std::string read_whole(const std::string& path) {
  constexpr std::size_t kLargest = 1'048'576;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    throw ConfigError(core::printable(path) +
                      ": cannot read the configuration file: " + std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) {
    throw ConfigError(core::printable(path) + ": is a folder: name a configuration file");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    throw ConfigError(core::printable(path) +
                      ": cannot read the configuration file: " + std::strerror(errno));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargest) {
    throw ConfigError(core::printable(path) + ": is larger than 1 MiB: that is no configuration file");
  }
  return text;
}

bool readable_by_all(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IROTH) != 0;
}

Settings read_file(const std::string& path, const Environment& environment) {
  ConfigFile file = parse_config(read_whole(path), core::printable(path), environment);
  if (file.literal_key && readable_by_all(path)) {
    file.settings.warnings.push_back(core::printable(path) +
                                     " holds a postback key and every user of this machine can read it: "
                                     "chmod 640 it, or write ${NAME} and set the variable");
  }
  return std::move(file.settings);
}

delivery::TrackerSpec& default_tracker(Settings& settings) {
  const auto found = std::ranges::find_if(
      settings.trackers, [](const delivery::TrackerSpec& spec) { return spec.rules.name == "default"; });
  if (found != settings.trackers.end()) return *found;
  return settings.trackers.emplace_back();
}

void set_default_url(Settings& settings, const std::string& url, const std::string& from) {
  auto parsed = core::PostbackUrl::parse(url);
  if (!parsed.url) throw ConfigError(from + ": " + parsed.error);
  if (const std::string mistake = core::mistake_in_tracker_url(url); !mistake.empty())
    throw ConfigError(from + ": " + core::printable(mistake));
  core::TrackerRules& rules = default_tracker(settings).rules;
  if (!rules.templates.own().empty()) {
    throw ConfigError(from + ": the tracker default has templates, which are whole URLs: leave " + from +
                      " out, or give the tracker another name");
  }
  rules.url = std::move(*parsed.url);
}

void apply(const TrackerOptions& options, delivery::TrackerSpec& spec) {
  spec.request_timeout = options.request_timeout.value_or(spec.request_timeout);
  spec.retry.first_delay = options.retry_first_delay.value_or(spec.retry.first_delay);
  spec.retry.max_delay = options.retry_max_delay.value_or(spec.retry.max_delay);
  spec.retry.max_attempts = options.max_attempts.value_or(spec.retry.max_attempts);
  spec.concurrency = options.concurrency.value_or(spec.concurrency);
  spec.rate = options.rate.value_or(spec.rate);
  spec.allow_private = options.allow_private.value_or(spec.allow_private);
}

void check_delays(const delivery::TrackerSpec& spec) {
  if (spec.retry.first_delay <= spec.retry.max_delay) return;
  throw ConfigError("tracker " + core::printable(spec.rules.name) + ": retry_first_delay (" +
                    core::format_duration(spec.retry.first_delay) + ") is longer than retry_max_delay (" +
                    core::format_duration(spec.retry.max_delay) + "): lower the one or raise the other");
}

/// A variable that is set to nothing counts as not set. A line end behind its value is left off.
std::optional<std::string> variable(const Environment& environment, const std::string& name) {
  auto value = environment(name);
  while (value && (value->ends_with('\n') || value->ends_with('\r'))) value->pop_back();
  if (value && value->empty()) return std::nullopt;
  return value;
}

}  // namespace

Settings load_settings(const Overrides& overrides, const Environment& environment) {
  const auto path =
      overrides.config_path ? overrides.config_path : variable(environment, "KEITARO_OUTBOX_CONFIG");
  Settings settings = path ? read_file(*path, environment) : Settings{};

  if (overrides.to) {
    set_default_url(settings, *overrides.to, "--to");
  } else if (const auto url = variable(environment, "KEITARO_POSTBACK_URL")) {
    set_default_url(settings, *url, "KEITARO_POSTBACK_URL");
  } else if (path && settings.trackers.empty() && !settings.intake) {
    throw ConfigError(core::printable(*path) + ": names no tracker: add [[tracker]] with name and url");
  }

  for (delivery::TrackerSpec& spec : settings.trackers) {
    apply(overrides.tracker, spec);
    check_delays(spec);
  }
  check_intake(settings);
  settings.log_level = overrides.log_level.value_or(settings.log_level);
  settings.log_format = overrides.log_format.value_or(settings.log_format);
  settings.grace = overrides.grace.value_or(settings.grace);
  settings.senders = overrides.senders.value_or(settings.senders);
  if (overrides.listen) settings.listen = overrides.listen;
  settings.page.mode = overrides.page.value_or(settings.page.mode);
  if (overrides.heartbeat) {
    auto parsed = core::PostbackUrl::parse(*overrides.heartbeat);
    if (!parsed.url) throw ConfigError("--heartbeat: " + parsed.error);
    settings.heartbeat = std::move(*parsed.url);
  }
  settings.heartbeat_interval = overrides.heartbeat_interval.value_or(settings.heartbeat_interval);
  return settings;
}

void require_trackers(const Settings& settings) {
  if (!settings.trackers.empty()) return;
  throw ConfigError(
      "no tracker to send to: add --to https://HOST/KEY/postback, or --config FILE with a [[tracker]]");
}

void require_intake(const Settings& settings) {
  if (settings.intake) return;
  throw ConfigError(
      "there is no front door: add [intake] and a [[source]] to the configuration (--config FILE or "
      "KEITARO_OUTBOX_CONFIG)");
}

}  // namespace keitaro_outbox::config
