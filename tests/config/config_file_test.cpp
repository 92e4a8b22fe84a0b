#include "config/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace keitaro_outbox::config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "s3cretKey";

Environment environment(std::map<std::string, std::string> variables = {}) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

ConfigFile parse(const std::string& text, std::map<std::string, std::string> variables = {}) {
  return parse_config(text, "outbox.toml", environment(std::move(variables)));
}

std::string error_of(const std::string& text, std::map<std::string, std::string> variables = {}) {
  try {
    parse(text, std::move(variables));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

/// A tracker with a good URL, then `lines`, the first of which stands in line 3.
std::string tracker_with(const std::string& lines) {
  return "[[tracker]]\nurl = \"https://t.example/" + std::string(kKey) + "/postback\"\n" + lines + "\n";
}

TEST(ConfigFile, EveryKeyIsTakenOver) {
  const ConfigFile file = parse(R"(
log_level = "debug"
log_format = "json"
grace = "3s"
senders = 2
keep_finished = "90d"
keep_attempts = "30d"
keep_conversions = "365d"

[[tracker]]
name = "main"
url = "https://t.example/${KEITARO_KEY}/postback"
request_timeout = "2s"
concurrency = 8
allow_private = true
retry_first_delay = "250ms"
retry_max_delay = "10m"
max_attempts = 7
rate = 12.5
style = "raw"
allow_transitions = ["rejected->sale", " Sale -> Lead "]
statuses = { paid = "sale", Trial = "lead" }
sentinel = ""

[[tracker]]
name = "other"
url = "http://o.example/k/postback"
)",
                                {{"KEITARO_KEY", kKey}});
  const Settings& settings = file.settings;
  EXPECT_EQ(settings.log_level, LogLevel::debug);
  EXPECT_EQ(settings.log_format, LogFormat::json);
  EXPECT_EQ(settings.grace, 3s);
  EXPECT_EQ(settings.senders, 2);
  EXPECT_EQ(settings.keep.finished, 90 * 24h);
  EXPECT_EQ(settings.keep.attempts, 30 * 24h);
  EXPECT_EQ(settings.keep.conversions, 365 * 24h);
  ASSERT_EQ(settings.trackers.size(), 2U);
  const delivery::TrackerSpec& spec = settings.trackers[0];
  EXPECT_EQ(spec.rules.name, "main");
  EXPECT_EQ(spec.rules.url.text(), "https://t.example/s3cretKey/postback");
  EXPECT_EQ(spec.request_timeout, 2s);
  EXPECT_EQ(spec.concurrency, 8);
  EXPECT_TRUE(spec.allow_private);
  EXPECT_EQ(spec.retry.first_delay, 250ms);
  EXPECT_EQ(spec.retry.max_delay, 10min);
  EXPECT_EQ(spec.retry.max_attempts, 7);
  EXPECT_DOUBLE_EQ(spec.rate, 12.5);
  EXPECT_EQ(spec.rules.style, core::Style::raw);
  EXPECT_TRUE(spec.rules.transitions.allows({core::Status::rejected, core::Status::sale}));
  EXPECT_TRUE(spec.rules.transitions.allows({core::Status::sale, core::Status::lead}));
  EXPECT_EQ(spec.rules.statuses.find("paid"), core::Status::sale);
  EXPECT_EQ(spec.rules.statuses.find("trial"), core::Status::lead);
  EXPECT_EQ(spec.rules.sentinel, "");
  EXPECT_EQ(settings.trackers[1].rules.name, "other");
}

TEST(ConfigFile, TemplatesBelongToTheLastTrackerAndCampaignsToTheirs) {
  const Settings settings = parse(R"(
[[tracker]]
name = "main"
url = "https://t.example/k/postback"
click_dashes = "to-dots"
sentinel = "YES"

[[tracker]]
name = "other"
statuses = { paid = "sale" }
[tracker.templates]
wait = "https://o.example/${KEITARO_KEY}/postback?subid={click}&status=lead"
paid = "https://o.example/${KEITARO_KEY}/postback?subid={click}&status=paid"
trash = ""

[campaign.SUMMER]
tracker = "main"
[campaign.SUMMER.templates]
approve = "https://s.example/k/postback?subid={click}&status=sale"

[campaign."win.ter"]
tracker = "other"
templates = { wait = "" }
)",
                                  {{"KEITARO_KEY", kKey}})
                                .settings;
  ASSERT_EQ(settings.trackers.size(), 2U);
  const core::TrackerRules& main = settings.trackers[0].rules;
  EXPECT_EQ(main.click_dashes, core::ClickDashes::to_dots);
  EXPECT_EQ(main.template_sentinel, "YES");
  EXPECT_TRUE(main.templates.own().empty());
  ASSERT_TRUE(main.templates.campaign_has_set("SUMMER"));
  EXPECT_EQ(main.templates.set_for("SUMMER")->at("approve").status, core::Status::sale);
  EXPECT_EQ(main.templates.set_for("other"), nullptr);

  const core::TrackerRules& other = settings.trackers[1].rules;
  EXPECT_EQ(other.click_dashes, core::ClickDashes::keep);
  EXPECT_EQ(other.template_sentinel, "");
  ASSERT_EQ(other.templates.own().size(), 3U);
  EXPECT_EQ(other.templates.own().at("wait").url->url({}, ""),
            "https://o.example/s3cretKey/postback?subid=&status=lead");
  EXPECT_EQ(other.templates.own().at("paid").status, core::Status::sale);
  EXPECT_FALSE(other.templates.own().at("trash").url);
  EXPECT_FALSE(other.templates.campaign_has_set("SUMMER"));
  EXPECT_TRUE(other.templates.campaign_has_set("win.ter"));
}

TEST(ConfigFile, AFileForOneTrackerNeedsNoDoubleBrackets) {
  const std::string wait = "wait = 'https://t.example/k/postback?subid={click}&status=lead'\n";
  for (const std::string& text : {"[tracker.templates]\n" + wait, "[tracker]\n[tracker.templates]\n" + wait,
                                  "[tracker]\nurl = 'http://h/k/postback'\n[tracker.templates]\n" + wait,
                                  "[[tracker]]\n[tracker.templates]\n" + wait, "tracker.templates." + wait}) {
    const Settings settings = parse(text).settings;
    ASSERT_EQ(settings.trackers.size(), 1U) << text;
    EXPECT_EQ(settings.trackers[0].rules.name, "default");
    EXPECT_EQ(settings.trackers[0].rules.templates.own().size(), 1U);
  }
}

TEST(ConfigFile, ACampaignThatNamesNoTrackerIsOfTheOnlyOneOrTheDefault) {
  const std::string campaign = "[campaign.C.templates]\nwait = ''\n";
  const std::string only = "[[tracker]]\nname = 'x'\nurl = 'http://h/k/postback'\n";
  EXPECT_TRUE(parse(only + campaign).settings.trackers[0].rules.templates.campaign_has_set("C"));
  const Settings two = parse(only + tracker_with("") + campaign).settings;
  EXPECT_FALSE(two.trackers[0].rules.templates.campaign_has_set("C"));
  EXPECT_TRUE(two.trackers[1].rules.templates.campaign_has_set("C"));
}

TEST(ConfigFile, WhatIsNotSaidHasItsDefault) {
  const Settings settings = parse(tracker_with("")).settings;
  ASSERT_EQ(settings.trackers.size(), 1U);
  const delivery::TrackerSpec& spec = settings.trackers[0];
  EXPECT_EQ(spec.rules.name, "default");
  EXPECT_EQ(spec.request_timeout, 10s);
  EXPECT_EQ(spec.concurrency, 64);
  EXPECT_FALSE(spec.allow_private);
  EXPECT_EQ(spec.retry.max_attempts, 20);
  EXPECT_EQ(spec.rules.sentinel, "OK");
  EXPECT_EQ(settings.log_level, LogLevel::info);
}

TEST(ConfigFile, TellsWhetherAKeyStandsInIt) {
  EXPECT_TRUE(parse(tracker_with("")).literal_key);
  EXPECT_FALSE(parse("[[tracker]]\nurl = '${URL}'", {{"URL", "https://t.example/k/postback"}}).literal_key);
  EXPECT_FALSE(parse("[[tracker]]\nurl = 'https://t.example/postback'").literal_key);
  EXPECT_TRUE(parse("[tracker.templates]\nwait = 'https://t.example/k/postback?a={click}'").literal_key);
  EXPECT_FALSE(
      parse("[tracker.templates]\nwait = 'https://t.example/${KEY}/postback'", {{"KEY", kKey}}).literal_key);
  EXPECT_TRUE(parse("[[tracker]]\nurl = 'https://t.example/postback'\n[campaign.C.templates]\n"
                    "wait = 'https://t.example/k/postback'")
                  .literal_key);
}

struct Mistake {
  std::string text;
  std::string message;
};

class ConfigMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistakes, AreOneLineWithThePlaceAndWithoutTheKey) {
  const std::string error = error_of(GetParam().text, {{"EMPTY", ""}});
  EXPECT_THAT(error, HasSubstr(GetParam().message));
  EXPECT_THAT(error, Not(HasSubstr("\n")));
  EXPECT_THAT(error, Not(HasSubstr(kKey)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigMistakes,
    testing::Values(
        Mistake{tracker_with("concurency = 3"),
                "outbox.toml:3: unknown key 'concurency': did you mean 'concurrency'?"},
        Mistake{tracker_with("frobnicate = 3"), "outbox.toml:3: unknown key 'frobnicate'"},
        Mistake{"\nlog_levle = 'info'\n" + tracker_with(""),
                "outbox.toml:2: unknown key 'log_levle': did you mean 'log_level'?"},
        Mistake{"\"http://h/s3cretKey/postback\" = 1", "outbox.toml:1: unknown key a URL"},
        Mistake{"[tracker]\nurl = 'x'", "outbox.toml:2: url: "},
        Mistake{"[tracker]\nname = 'x'", "outbox.toml:1: the tracker 'x' has no url"},
        Mistake{"tracker = 3", "outbox.toml:1: tracker: write [[tracker]], in two brackets"},
        Mistake{"[[tracker]]\nname = 'x'", "outbox.toml:1: the tracker 'x' has no url"},
        Mistake{tracker_with("") + tracker_with(""), "outbox.toml:4: a second tracker is named 'default'"},
        Mistake{"[[tracker]]\nurl = 's3cretKey'", "outbox.toml:2: url: "},
        Mistake{"[[tracker]]\nurl = 'ftp://h/s3cretKey/postback'", "outbox.toml:2: url: "},
        Mistake{"[[tracker]]\nurl = ['http://h/s3cretKey/postback']",
                "outbox.toml:2: url: write a text in quotes"},
        Mistake{"[[tracker]]\nurl = http://h/s3cretKey/postback", "outbox.toml:2: put the URL in quotes"},
        Mistake{"[[tracker]]\nname = shop", "outbox.toml:2: put the text in quotes"},
        Mistake{"url = 'http://h/s3cretKey/postback'",
                "outbox.toml:1: 'url' belongs under [[tracker]]: write that line above it"},
        Mistake{"[[tracker]]\nurl = \"http://h/s3cretKey/postback\n", "outbox.toml:2: "},
        Mistake{"[[tracker]]\nurl = 'http://h/s3cretKey/postback'\nurl = 'x'", "outbox.toml:3: "},
        Mistake{"\"s3cretKey/postback\" \"http://h/s3cretKey/postback\"", "outbox.toml:1: "},
        Mistake{"[[tracker]]\nurl = 'http://h/${NO_SUCH}/postback'",
                "outbox.toml:2: url: the environment variable NO_SUCH is not set"},
        Mistake{"[[tracker]]\nurl = 'http://h/${EMPTY}/postback'", "variable EMPTY is set to nothing"},
        Mistake{"[[tracker]]\nurl = 'http://h/${NO SUCH}/postback'", "write a variable as ${NAME}"},
        Mistake{"[[tracker]]\nurl = 'http://h/${OPEN/postback'", "write a variable as ${NAME}"},
        Mistake{"[[tracker]]\nname = 'http://h/s3cretKey/postback'",
                "outbox.toml:2: name: write a short name"},
        Mistake{"[[tracker]]\nname = \"a\\nb\"", "outbox.toml:2: name: write a short name"},
        Mistake{tracker_with("request_timeout = 10"),
                "outbox.toml:3: request_timeout: write a number and a unit in quotes"},
        Mistake{tracker_with("request_timeout = '10'"), "request_timeout: write a number and a unit"},
        Mistake{tracker_with("request_timeout = '2h'"), "request_timeout: write a time from 1ms to 1h"},
        Mistake{tracker_with("concurrency = 0"), "concurrency: write a whole number from 1 to 10000"},
        Mistake{tracker_with("concurrency = 1.5"), "concurrency: write a whole number from 1 to 10000"},
        Mistake{tracker_with("concurrency = 'http://h/s3cretKey/postback'"),
                "concurrency: write a whole number"},
        Mistake{tracker_with("max_attempts = -1"), "max_attempts: write a whole number from 1 to 1000"},
        Mistake{tracker_with("rate = -0.5"), "rate: write requests a second"},
        Mistake{tracker_with("rate = 'fast'"), "rate: write requests a second"},
        Mistake{tracker_with("allow_private = 1"), "allow_private: write true or false"},
        Mistake{tracker_with("style = 'cooked'"), "style: write \"mapped\" or \"raw\""},
        Mistake{tracker_with("allow_transitions = ['sale->gone']"), "allow_transitions: write each move as"},
        Mistake{tracker_with("allow_transitions = 'rejected->sale'"), "allow_transitions: write a list"},
        Mistake{tracker_with("allow_transitions = [1]"), "allow_transitions: write a list of texts"},
        Mistake{tracker_with("statuses = { paid = 'bought' }"), "outbox.toml:3: statuses: 'paid' must be"},
        Mistake{tracker_with("statuses = { sale = 'lead' }"), "statuses: 'sale' cannot be mapped"},
        Mistake{tracker_with("statuses = { 'a,b' = 'lead' }"), "statuses: 'a,b' cannot be mapped"},
        Mistake{tracker_with("statuses = 'paid'"), "statuses: write a table"},
        Mistake{tracker_with("sentinel = \"a\\u0007\""), "sentinel: write a short text"},
        Mistake{tracker_with("click_dashes = 'dots'"), "outbox.toml:3: click_dashes: write \"keep\" or"},
        Mistake{tracker_with("templates = 'x'"), "outbox.toml:3: templates: write a table, such as wait ="},
        Mistake{tracker_with("[tracker.templates]\nwait = 1"),
                "outbox.toml:4: templates: 'wait': write a URL in quotes, or \"\" to send nothing"},
        Mistake{tracker_with("[tracker.templates]\n\nwait = 'ftp://h/s3cretKey'"),
                "outbox.toml:5: templates: 'wait': the URL must begin with http"},
        Mistake{tracker_with("[tracker.templates]\nwait = 'http://{click}/s3cretKey/postback'"),
                "outbox.toml:4: templates: 'wait': a macro may stand behind the ? only"},
        Mistake{tracker_with("[tracker.templates]\nwait = 'http://h/s3cretKey/postback?status=foo'"),
                "outbox.toml:4: templates: 'wait': it sends status=foo, which is unknown"},
        Mistake{tracker_with("[tracker.templates]\nwait = 'http://h/${NO_SUCH}/postback'"),
                "outbox.toml:4: templates: 'wait': the environment variable NO_SUCH is not set"},
        Mistake{tracker_with("[tracker.templates]\nWait = ''\nwait = ''"),
                "templates: 'wait': there is a template for wait already"},
        Mistake{tracker_with("[tracker.templates]\n'http://h/s3cretKey/postback' = 5"),
                "outbox.toml:4: templates: a URL: write a URL in quotes"},
        Mistake{tracker_with("[campaign.C]\ntemplate = {}"),
                "outbox.toml:4: unknown key 'template': did you mean 'templates'?"},
        Mistake{tracker_with("[campaign.C.templates]\nwait = 'http://h/s3cretKey/postback?{click}'"),
                "outbox.toml:4: campaign 'C': 'wait': a macro may stand behind the = of a parameter only"},
        Mistake{tracker_with("[campaign.C]\ntracker = 'defualt'"),
                "campaign 'C': tracker: the file has no tracker of this name: did you mean 'default'?"},
        Mistake{tracker_with("[campaign.C]\ntracker = 1"), "outbox.toml:4: tracker: write a text in quotes"},
        Mistake{tracker_with("[campaign]\nC = 1"), "outbox.toml:4: campaign 'C': write [campaign.CODE"},
        Mistake{tracker_with("campaign = 1"), "outbox.toml:3: 'campaign' belongs at the top of the file"},
        Mistake{"campaign = 1\n" + tracker_with(""), "outbox.toml:1: campaign: write a table, such as [camp"},
        Mistake{tracker_with("[campaign.'']\ntemplates = {}"), "outbox.toml:3: a campaign's code is empty"},
        Mistake{"[campaign.C.templates]\nwait = ''", "campaign 'C': the file has no [[tracker]]"},
        Mistake{tracker_with("name = 'a'") + tracker_with("name = 'b'") + "[campaign.C.templates]\nwait = ''",
                "campaign 'C': the file has several trackers: say which with tracker = \"NAME\""},
        Mistake{"grace = 5\n" + tracker_with(""),
                "outbox.toml:1: grace: write a number and a unit in quotes"},
        Mistake{"senders = 65\n" + tracker_with(""), "senders: write a whole number from 1 to 64"},
        Mistake{"log_level = 'loud'\n" + tracker_with(""), "log_level: write debug, info, warn or error"},
        Mistake{"log_format = 'xml'\n" + tracker_with(""), "log_format: write text or json"},
        Mistake{"[[tracker]\n", "outbox.toml:1: "}));

TEST(ConfigFile, AKeitaroNameMayBeMappedToItself) {
  EXPECT_NO_THROW(parse(tracker_with("statuses = { sale = 'sale' }")));
}

}  // namespace
}  // namespace keitaro_outbox::config
