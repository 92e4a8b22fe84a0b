#include "config/config_intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config_changes.hpp"
#include "config/config_file.hpp"

namespace keitaro_outbox::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

const std::string kKey = "0123456789abcdefghijklmnopqrstuv";

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

Settings parse(const std::string& text, std::map<std::string, std::string> variables = {}) {
  Settings settings = parse_config(text, "outbox.toml", environment(std::move(variables))).settings;
  check_intake(settings);
  return settings;
}

std::string error_of(const std::string& text) {
  try {
    parse(text, {{"KEY", kKey}});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

/// A source with a name and a key, then `lines`, the first of which stands in line 5.
std::string source_with(const std::string& lines) {
  return "[intake]\n[[source]]\nname = \"net\"\nkey = \"${KEY}\"\n" + lines + "\n";
}

TEST(ConfigIntake, EveryKeyIsTakenOver) {
  const Settings settings = parse(R"(
[intake]
listen = "[::1]:9000"
trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
spool = true
public_url = "https://postback.example.com/"

[[source]]
name = "altercpa"
key = "${KEY}"
tracker = "main"
campaign = "SUMMER"
parameters = { click = "subid", lead = "tid" }
statuses = { 2 = "lead", Paid = "sale" }
event_id = "{lead}:{status}:{time}"
rejected_answer = 200
allow = ["203.0.113.0/24"]
rate = 12.5
secret = "${SECRET}"
signature_header = "X-Sign"
signature_of = "query"
signature_form = "base64"
)",
                                  {{"KEY", kKey}, {"SECRET", "s3cret"}});
  ASSERT_TRUE(settings.intake);
  EXPECT_EQ(settings.intake->listen.text(), "[::1]:9000");
  EXPECT_THAT(settings.intake->trusted_proxies, SizeIs(2));
  EXPECT_TRUE(settings.intake->spool);
  EXPECT_EQ(settings.intake->public_url, "https://postback.example.com");
  ASSERT_THAT(settings.sources, SizeIs(1));
  const intake::Source& source = settings.sources[0];
  EXPECT_EQ(source.name, "altercpa");
  EXPECT_EQ(source.key, kKey);
  EXPECT_EQ(source.tracker, "main");
  EXPECT_EQ(source.campaign, "SUMMER");
  EXPECT_THAT(source.parameters, ElementsAre(Pair("click", "subid"), Pair("lead", "tid")));
  EXPECT_THAT(source.statuses, ElementsAre(Pair("2", core::Status::lead), Pair("paid", core::Status::sale)));
  EXPECT_THAT(source.event_id->names(), ElementsAre("lead", "status", "time"));
  EXPECT_EQ(source.rejected_answer, 200);
  EXPECT_THAT(source.allow, ElementsAre(*core::IpNetwork::parse("203.0.113.0/24")));
  EXPECT_EQ(source.rate, 12.5);
  ASSERT_TRUE(source.signing);
  EXPECT_EQ(*source.signing,
            (intake::Signing{"s3cret", "X-Sign", intake::Signing::Of::query, intake::Signing::Form::base64}));
}

TEST(ConfigIntake, WhatIsNotSaidHasItsUsualValue) {
  const Settings settings = parse(source_with(""), {{"KEY", kKey}});
  EXPECT_EQ(*settings.intake, IntakeSettings{});
  EXPECT_EQ(settings.intake->listen.text(), "127.0.0.1:8480");
  const intake::Source& source = settings.sources.at(0);
  EXPECT_EQ(source.tracker, "default");
  EXPECT_EQ(source.rejected_answer, 422);
  EXPECT_FALSE(source.event_id);
  EXPECT_FALSE(source.signing);
  EXPECT_THAT(source.allow, IsEmpty());
}

TEST(ConfigIntake, EachMistakeIsOneLineThatSaysWhatToWrite) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[intake]\n", "[intake] has no [[source]], so that nobody could call: add one with name and key"},
      {"[intake]\nlisen = 1\n", "outbox.toml:2: unknown key 'lisen': did you mean 'listen'?"},
      {"[intake]\nlisten = \"here\"\n", "outbox.toml:2: listen: write an address and a port"},
      {"[intake]\nspool = \"yes\"\n", "outbox.toml:2: spool: write true or false"},
      {"[intake]\nrate = 3\n", "outbox.toml:2: 'rate' belongs under a [[source]]"},
      {"[intake]\ntrusted_proxies = [\"proxy\"]\n",
       "outbox.toml:2: trusted_proxies: 'proxy' is no address: write addresses or networks"},
      {"[intake]\npublic_url = \"postback.example.com\"\n",
       "outbox.toml:2: public_url: write the address that"},
      {"[intake]\npublic_url = \"https://host/path\"\n", "outbox.toml:2: public_url: write the address that"},
      {"spool = true\n", "outbox.toml:1: 'spool' belongs under [intake]"},
      {"event_id = \"{a}\"\n", "outbox.toml:1: 'event_id' belongs under [[source]]"},
      {"intake = 3\n", "outbox.toml:1: intake: write a table, such as [intake]"},
      {"source = 3\n", "outbox.toml:1: source: write [[source]], in two brackets"},
      {"[intake]\n[[source]]\nkey = \"k\"\n", "outbox.toml:2: a source has no name"},
      {"[intake]\n[[source]]\nname = \"n\"\n", "outbox.toml:2: the source 'n' has no key"},
      {source_with("nam = 1"), "outbox.toml:5: unknown key 'nam': did you mean 'name'?"},
      {source_with("[[source]]\nname = \"net\"\nkey = \"other\""), "a second source is named 'net'"},
      {source_with("[[source]]\nname = \"b\"\nkey = \"${KEY}\""), "the source 'b' has the key of 'net'"},
      {"[intake]\n[[source]]\nname = \"a:b\"\n", "outbox.toml:3: name: write a short name without a colon"},
      {"[intake]\n[[source]]\nname = \"a\"\nkey = \"a/b\"\n",
       "outbox.toml:4: key: write letters, digits and"},
      {"[intake]\n[[source]]\nname = \"a\"\nkey = \"${NONE}\"\n",
       "outbox.toml:4: key: the environment variable NONE is not set"},
      {source_with("parameters = { click = 3 }"),
       "outbox.toml:5: parameters: write the sender's names and ours"},
      {source_with("statuses = { 2 = \"paid\" }"),
       "outbox.toml:5: statuses: '2' must be \"lead\", \"sale\", \"rejected\" or \"rebill\""},
      {source_with("statuses = { lead = \"sale\" }"), "outbox.toml:5: statuses: 'lead' cannot be mapped"},
      {source_with("event_id = \"lead\""),
       "outbox.toml:5: event_id: write the sender's parameters in braces"},
      {source_with("rejected_answer = 404"), "outbox.toml:5: rejected_answer: write 422, or 200"},
      {source_with("allow = [\"300.1.1.1\"]"), "outbox.toml:5: allow: '300.1.1.1' is no address"},
      {source_with("allow = []"),
       "outbox.toml:5: allow: an empty list would let nobody in: write addresses, such as "
       "[\"203.0.113.0/24\"], or leave it out to let all in"},
      {source_with("rate = -1"), "outbox.toml:5: rate: write requests a second"},
      {source_with("signature_header = \"X Sign\""),
       "outbox.toml:5: signature_header: write the name of a header"},
      {source_with("signature_of = \"head\""), "outbox.toml:5: signature_of: write \"body\" or \"query\""},
      {source_with("signature_form = \"hex\""), "the source 'net' has no secret for its signature"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string error = error_of(text);
    EXPECT_THAT(error, HasSubstr(expected)) << text;
    EXPECT_THAT(error, Not(HasSubstr("\n"))) << text;
    EXPECT_THAT(error, Not(HasSubstr(kKey))) << text;
  }
}

TEST(ConfigIntake, WhatIsOddIsWarnedOf) {
  EXPECT_THAT(parse("[intake]\n[[source]]\nname = \"n\"\nkey = \"short\"\n").warnings,
              ElementsAre("the key of the source n has 5 characters and could be guessed: `keitaro-outbox "
                          "source key` makes one of 32",
                          HasSubstr("for the tracker default, which the configuration lacks")));
  EXPECT_THAT(parse("[[source]]\nname = \"n\"\nkey = \"" + kKey + "\"\n").warnings,
              ElementsAre(HasSubstr("no [intake]: the front door stays shut")));
}

TEST(ConfigIntake, SourcesChangeAtOnceAndTheDoorItselfWithANewStart) {
  const Settings before = parse(source_with(""), {{"KEY", kKey}});
  EXPECT_FALSE(changes_between(before, before).any());
  EXPECT_TRUE(changes_between(before, parse(source_with("rate = 2"), {{"KEY", kKey}})).sources);
  Settings spooling = before;
  spooling.intake->spool = true;
  EXPECT_THAT(changes_between(before, spooling).needs_restart, ElementsAre("intake"));
}

}  // namespace
}  // namespace keitaro_outbox::config
