#include "config/config_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_file.hpp"

namespace keitaro_outbox::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Settings settings_of(const std::string& text) {
  return parse_config(text, "outbox.toml", [](const std::string&) { return std::nullopt; }).settings;
}

const std::string kTracker = "[[tracker]]\nurl = 'https://a.example/k/postback'\n";

TEST(ConfigChanges, OfTheSameFileThereAreNone) {
  const std::string text = "log_level = 'debug'\nlisten = '127.0.0.1:1'\n" + kTracker +
                           "statuses = { paid = 'sale' }\nallow_transitions = ['rejected->sale']\n";
  EXPECT_FALSE(changes_between(settings_of(text), settings_of(text)).any());
}

TEST(ConfigChanges, TrackersThatComeAndGoAreNamed) {
  const auto changes =
      changes_between(settings_of(kTracker + "name = 'old'\n" + kTracker + "name = 'kept'\n"),
                      settings_of(kTracker + "name = 'kept'\n" + kTracker + "name = 'new'\n"));
  EXPECT_THAT(changes.added, ElementsAre("new"));
  EXPECT_THAT(changes.removed, ElementsAre("old"));
  EXPECT_THAT(changes.changed, IsEmpty());
}

TEST(ConfigChanges, EachKeyOfATrackerIsNoticed) {
  for (const std::string line :
       {"request_timeout = '1s'", "concurrency = 3", "allow_private = true", "retry_first_delay = '2s'",
        "retry_max_delay = '2h'", "max_attempts = 3", "rate = 5", "style = 'raw'",
        "allow_transitions = ['rejected->sale']", "statuses = { paid = 'sale' }", "sentinel = 'DONE'"}) {
    const auto changes = changes_between(settings_of(kTracker), settings_of(kTracker + line + "\n"));
    EXPECT_THAT(changes.changed, ElementsAre("default (" + line.substr(0, line.find(' ')) + ")")) << line;
  }
  const auto changes = changes_between(
      settings_of(kTracker), settings_of("[[tracker]]\nurl = 'https://a.example/other/postback'\n"));
  EXPECT_THAT(changes.changed, ElementsAre("default (url)")) << "without a word of either key";
}

TEST(ConfigChanges, KeysOfTheProcessNeedANewStartButForTheLogLevel) {
  for (const std::string line :
       {"log_format = 'json'", "wake = 'notify'", "grace = '1s'", "senders = 2", "listen = 'localhost:1'",
        "heartbeat = 'https://b.example/x'", "heartbeat_interval = '5m'", "page = 'off'",
        "page_password = 'open sesame'", "page_hosts = ['a.example']"}) {
    const auto changes = changes_between(settings_of(kTracker), settings_of(line + "\n" + kTracker));
    EXPECT_THAT(changes.needs_restart, ElementsAre(line.substr(0, line.find(' ')))) << line;
    EXPECT_FALSE(changes.log_level);
  }
  const auto changes = changes_between(settings_of(kTracker), settings_of("log_level = 'warn'\n" + kTracker));
  EXPECT_TRUE(changes.log_level);
  EXPECT_THAT(changes.needs_restart, IsEmpty());
}

}  // namespace
}  // namespace keitaro_outbox::config
