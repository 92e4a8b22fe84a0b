#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config_file.hpp"
#include "config/option_values.hpp"

namespace keitaro_outbox::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ConfigFile parsed(const std::string& text) {
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "PASSWORD" ? std::optional<std::string>("open-sesame") : std::nullopt;
  };
  return parse_config(text + "\n[[tracker]]\nurl = 'https://a.example/${PASSWORD}/postback'\n", "f.toml",
                      environment);
}

TEST(PageSettings, AreReadFromTheFile) {
  EXPECT_EQ(parsed("").settings.page, PageSettings{});
  EXPECT_EQ(parsed("page = 'read-only'").settings.page.mode, PageMode::read_only);
  EXPECT_EQ(parsed("page = 'off'").settings.page.mode, PageMode::off);
  EXPECT_THAT(parsed("page_hosts = ['Outbox.Example.com', 'b']").settings.page.hosts,
              ElementsAre("outbox.example.com", "b"));
  const ConfigFile filled = parsed("page_password = '${PASSWORD}'");
  EXPECT_EQ(filled.settings.page.password, "open-sesame");
  EXPECT_FALSE(filled.literal_key);
  EXPECT_TRUE(parsed("page_password = 'open-sesame'").literal_key) << "it stands in the file";
}

TEST(PageSettings, WhatIsWrongIsTold) {
  struct Case {
    std::string line;
    std::string told;
  };
  const std::vector<Case> cases{
      {"page = 'yes'", "f.toml:1: page: write on, read-only or off"},
      {"page_password = 'short'", "page_password: write at least 8 characters"},
      {"page_password = ''", "page_password: write at least 8 characters"},
      {"page_password = '${NOTHING}'", "NOTHING"},
      {"page_hosts = 'a'", "page_hosts: write a list"},
      {"page_hosts = ['http://a']", "page_hosts: write names without scheme and port"},
      {"page_hosts = ['a:80']", "page_hosts: write names without scheme and port"}};
  for (const Case& c : cases) {
    try {
      parsed(c.line);
      ADD_FAILURE() << c.line;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.told)) << c.line;
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("'short'"))) << "no secret is repeated";
    }
  }
}

TEST(PageSettings, OnlyLoopbackNeedsNoPassword) {
  struct Case {
    std::string host;
    bool loopback;
  };
  const std::vector<Case> cases{{"127.0.0.1", true},
                                {"127.1.2.3", true},
                                {"::1", true},
                                {"localhost", true},
                                {"LocalHost", true},
                                {"0.0.0.0", false},
                                {"::", false},
                                {"10.0.0.5", false},
                                {"203.0.113.7", false},
                                {"localhost.example", false},
                                {"outbox.example.com", false}};
  for (const Case& c : cases) EXPECT_EQ(is_loopback({c.host, 80}), c.loopback) << c.host;
}

}  // namespace
}  // namespace keitaro_outbox::config
