#include <optional>
#include <set>
#include <string>

#include "config/config_file.hpp"
#include "config/option_values.hpp"
#include "target.hpp"

namespace config = keitaro_outbox::config;
namespace core = keitaro_outbox::core;

namespace {

constexpr std::string_view kKeyInFile = "s3cr3tk3y";
constexpr std::string_view kKeyInEnvironment = "v3rys3cr3t";

std::optional<std::string> environment(const std::string& name) {
  if (name == "KEY") return std::string(kKeyInEnvironment);
  if (name == "URL") return "https://tracker.example/" + std::string(kKeyInEnvironment) + "/postback";
  if (name == "EMPTY") return std::string();
  return std::nullopt;
}

/// Whether the key stands in URLs alone: elsewhere nobody can know that it is one.
bool key_stands_in_urls(std::string_view text) {
  bool any = false;
  for (std::size_t at = text.find(kKeyInFile); at != std::string_view::npos;
       at = text.find(kKeyInFile, at + 1)) {
    const std::size_t start = text.rfind("://", at);
    if (start == std::string_view::npos) return false;
    if (text.substr(start, at - start).find_first_of(" \t\r\n\"'<>\\#") != std::string_view::npos)
      return false;
    // Within a word of its own.
    const char before = text[at - 1];
    const std::size_t end = at + kKeyInFile.size();
    if (before != '/' || (end < text.size() && text[end] != '/')) return false;
    any = true;
  }
  return any;
}

void check_message(const std::string& message, std::string_view text) {
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(message));
  MUST_HOLD(message.starts_with("outbox.toml:"));
  if (text.find(kKeyInEnvironment) == std::string_view::npos)
    MUST_HOLD(message.find(kKeyInEnvironment) == std::string::npos);
  if (key_stands_in_urls(text)) MUST_HOLD(message.find(kKeyInFile) == std::string::npos);
}

void check_tracker(const keitaro_outbox::delivery::TrackerSpec& tracker) {
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(tracker.rules.name) && !tracker.rules.name.empty());
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(tracker.rules.sentinel));
  MUST_HOLD(!tracker.rules.url.host().empty());
  MUST_HOLD(tracker.request_timeout >= config::kRequestTimeout.least &&
            tracker.request_timeout <= config::kRequestTimeout.most);
  MUST_HOLD(tracker.retry.first_delay >= config::kRetryFirstDelay.least &&
            tracker.retry.first_delay <= config::kRetryFirstDelay.most);
  MUST_HOLD(tracker.retry.max_delay >= config::kRetryMaxDelay.least &&
            tracker.retry.max_delay <= config::kRetryMaxDelay.most);
  MUST_HOLD(tracker.retry.max_attempts >= 1 && tracker.retry.max_attempts <= 1000);
  MUST_HOLD(tracker.concurrency >= 1 && tracker.concurrency <= 10'000);
  MUST_HOLD(tracker.rate >= 0 && tracker.rate <= config::kHighestRate);
  for (const auto status :
       {core::Status::lead, core::Status::sale, core::Status::rejected, core::Status::rebill})
    MUST_HOLD(tracker.rules.statuses.find(core::name_of(status)) == status);
}

}  // namespace

FUZZ_TARGET(config, bytes) {
  try {
    const config::ConfigFile config = config::parse_config(bytes, "outbox.toml", environment);
    std::set<std::string> names;
    for (const auto& tracker : config.settings.trackers) {
      check_tracker(tracker);
      MUST_HOLD(names.insert(tracker.rules.name).second);
    }
    MUST_HOLD(config.settings.senders >= 1 && config.settings.senders <= 64);
    MUST_HOLD(config.settings.grace >= config::kGrace.least && config.settings.grace <= config::kGrace.most);
    // A key that came from the environment is not said to stand in the file.
    if (bytes.find("://") == std::string_view::npos && bytes.find("\\u") == std::string_view::npos &&
        bytes.find("\\U") == std::string_view::npos)
      MUST_HOLD(!config.literal_key);
  } catch (const config::ConfigError& error) {
    check_message(error.what(), bytes);
  }
}
