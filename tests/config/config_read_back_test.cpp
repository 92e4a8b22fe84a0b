#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_changes.hpp"
#include "config/config_file.hpp"

namespace keitaro_outbox::config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kTracker = "[[tracker]]\nurl = \"https://k.example/k3y/postback\"\n";

Settings parsed(const std::string& more) {
  return parse_config(kTracker + more, "f",
                      [](const std::string& name) -> std::optional<std::string> {
                        if (name == "ADMIN") return "s3cret";
                        return std::nullopt;
                      })
      .settings;
}

std::string problem_of(const std::string& more) {
  try {
    parsed(more);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "taken";
}

const std::string kAccess = "admin_url = \"https://panel.example/\"\nadmin_key = \"${ADMIN}\"\n";

TEST(ConfigReadBack, EveryKeyIsTakenOver) {
  const Settings settings = parsed(
      kAccess +
      "admin_rate = 0.5\nverify_after = \"30s\"\nverify_again = [\"1m\", \"2h\"]\ncurrency = \"EUR\"\n");
  const auto& read_back = settings.trackers[0].read_back;
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->admin_url, "https://panel.example");
  EXPECT_EQ(read_back->admin_key, "s3cret");
  EXPECT_EQ(read_back->rate, 0.5);
  EXPECT_EQ(read_back->policy.verify_after, 30s);
  EXPECT_EQ(read_back->policy.verify_again, (std::vector<core::Millis>{1min, 2h}));
  EXPECT_EQ(read_back->policy.currency, "eur");
}

TEST(ConfigReadBack, IsOffWithoutAddressAndKey) {
  EXPECT_FALSE(parsed("").trackers[0].read_back);
  EXPECT_FALSE(parsed("currency = \"usd\"\nverify_after = \"5m\"\n").trackers[0].read_back);
}

TEST(ConfigReadBack, TheAddressMayBePastedWithTheApisPath) {
  EXPECT_EQ(parsed("admin_url = \"http://panel.example:8080/admin_api/v1/\"\nadmin_key = \"k\"\n")
                .trackers[0]
                .read_back->admin_url,
            "http://panel.example:8080");
}

TEST(ConfigReadBack, WhatIsWrongIsToldInOneLineWithoutTheKey) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"admin_url = \"panel.example\"\n", "admin_url: write the panel's address"},
      {"admin_url = \"https://panel.example/some/path\"\n", "admin_url: write the panel's address"},
      {"admin_url = \"https://user:pass@panel.example\"\n", "admin_url: write the panel's address"},
      {"admin_url = \"https://panel.example\"\n", "has admin_url and no admin_key"},
      {"admin_key = \"s3cret\"\n", "has admin_key and no admin_url"},
      {"admin_key = \"s3cret with blanks\"\n", "admin_key: write a key"},
      {"admin_key = \"${NOBODY_SET_IT}\"\n", "NOBODY_SET_IT is not set"},
      {kAccess + "admin_rate = 11\n", "from 0.1 to 10"},
      {kAccess + "admin_rate = 0\n", "from 0.1 to 10"},
      {kAccess + "admin_rate = \"fast\"\n", "from 0.1 to 10"},
      {kAccess + "verify_after = 90\n", "write a number and a unit"},
      {kAccess + "verify_again = \"5m\"\n", "write a list"},
      {kAccess + "verify_again = [\"1h\", \"5m\"]\n", "growing times"},
      {kAccess + "verify_again = [\"10s\"]\n", "no later than at first"},
      {kAccess + "currency = \"dollar\"\n", "three letters"}};
  for (const auto& [text, words] : table) {
    const std::string problem = problem_of(text);
    EXPECT_THAT(problem, HasSubstr(words)) << text;
    EXPECT_THAT(problem, Not(HasSubstr("s3cret"))) << text;
    EXPECT_EQ(problem.find('\n'), std::string::npos) << text;
  }
}

TEST(ConfigReadBack, AReloadNamesWhatChanged) {
  const Settings before = parsed(kAccess);
  EXPECT_THAT(changes_between(before, parsed(kAccess + "currency = \"eur\"\nadmin_rate = 2\n")).changed,
              testing::ElementsAre("default (admin_rate, currency)"));
  EXPECT_THAT(changes_between(before, parsed("")).changed,
              testing::ElementsAre("default (admin_url, admin_key)"));
  EXPECT_FALSE(changes_between(before, parsed(kAccess)).any());
}

}  // namespace
}  // namespace keitaro_outbox::config
