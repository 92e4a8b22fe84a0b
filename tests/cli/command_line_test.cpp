#include "cli/flags/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/flags/help_texts.hpp"

namespace keitaro_outbox::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Arguments = std::vector<std::string>;

config::Environment nothing() {
  return [](const std::string&) { return std::nullopt; };
}

Command parse(const Arguments& arguments) {
  auto parsed = parse_command_line(arguments, nothing());
  if (!parsed.command) throw std::logic_error("the command line asked for a text");
  return *parsed.command;
}

template <typename Args>
Args args_of(const Arguments& arguments) {
  return std::get<Args>(parse(arguments).verb);
}

std::string error_of(const Arguments& arguments) {
  try {
    parse(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(CommandLine, TheDatabaseAndTheConfigurationMayStandBeforeOrAfterTheVerb) {
  for (const Arguments& arguments : {Arguments{"--db", "a.db", "--config", "c.toml", "status"},
                                     Arguments{"status", "--db", "a.db", "--config", "c.toml"},
                                     Arguments{"--config=c.toml", "status", "--db=a.db"}}) {
    const Command command = parse(arguments);
    EXPECT_EQ(command.database, "a.db");
    EXPECT_EQ(std::get<Status>(command.verb).overrides.config_path, "c.toml");
  }
}

TEST(CommandLine, EveryVerbTakesTheDatabaseAndAConfiguration) {
  for (const Arguments& verb : {Arguments{"init"},
                                {"run"},
                                {"drain"},
                                {"add"},
                                {"status"},
                                {"list"},
                                {"show", "x"},
                                {"preview", "1"},
                                {"import"},
                                {"export"},
                                {"prune"},
                                {"retry"},
                                {"cancel"},
                                {"check"}}) {
    Arguments arguments = verb;
    arguments.insert(arguments.end(), {"--db", "a.db", "--config", "c.toml"});
    EXPECT_EQ(parse(arguments).database, "a.db") << verb.front();
  }
}

TEST(CommandLine, TheEnvironmentNamesTheDatabaseWhenNoFlagDoes) {
  const config::Environment environment = [](const std::string& name) {
    return name == "KEITARO_OUTBOX_DB" ? std::optional<std::string>("env.db") : std::nullopt;
  };
  EXPECT_EQ(parse_command_line({"init"}, environment).command->database, "env.db");
  EXPECT_EQ(parse_command_line({"init", "--db", "flag.db"}, environment).command->database, "flag.db");
}

TEST(CommandLine, RunTakesEveryFlagOfATracker) {
  const auto run = args_of<cli::Run>({"run",
                                      "--db",
                                      "a.db",
                                      "--to",
                                      "https://h/k/postback",
                                      "--allow-private",
                                      "--retry-first-delay",
                                      "2s",
                                      "--retry-max-delay",
                                      "5m",
                                      "--max-attempts",
                                      "7",
                                      "--request-timeout",
                                      "3s",
                                      "--concurrency",
                                      "9",
                                      "--rate",
                                      "0.5",
                                      "--grace",
                                      "1s",
                                      "--senders",
                                      "2",
                                      "--log-level",
                                      "debug",
                                      "--log-format",
                                      "json"});
  const config::TrackerOptions& tracker = run.overrides.tracker;
  EXPECT_EQ(run.overrides.to, "https://h/k/postback");
  EXPECT_EQ(tracker.allow_private, true);
  EXPECT_EQ(tracker.retry_first_delay, 2s);
  EXPECT_EQ(tracker.retry_max_delay, 5min);
  EXPECT_EQ(tracker.max_attempts, 7);
  EXPECT_EQ(tracker.request_timeout, 3s);
  EXPECT_EQ(tracker.concurrency, 9);
  EXPECT_EQ(tracker.rate, 0.5);
  EXPECT_EQ(run.overrides.grace, 1s);
  EXPECT_EQ(run.overrides.senders, 2);
  EXPECT_EQ(run.overrides.log_level, config::LogLevel::debug);
  EXPECT_EQ(run.overrides.log_format, config::LogFormat::json);
}

TEST(CommandLine, WhatIsNotSaidIsLeftToTheFile) {
  const auto run = args_of<cli::Run>({"run", "--db", "a.db"});
  EXPECT_FALSE(run.overrides.tracker.allow_private);
  EXPECT_FALSE(run.overrides.tracker.concurrency);
  EXPECT_FALSE(run.overrides.grace);
}

TEST(CommandLine, AddTakesAConversionAsItIsWritten) {
  const auto add =
      args_of<Add>({"add", "--db", "a.db", "--subid", "a b\n[x]", "--status", " Sale ", "--payout", "-3",
                    "--param", "sub_id_1=a=b", "--param", "x=[1]", "--params", "{\"y\":[1]}", "--in", "10m"});
  EXPECT_EQ(add.conversion.subid, "a b\n[x]");
  EXPECT_EQ(add.conversion.status, " Sale ");
  EXPECT_EQ(add.conversion.payout, "-3");
  EXPECT_EQ(add.conversion.params, "{\"y\":[1]}");
  EXPECT_EQ(add.conversion.tracker, "default");
  EXPECT_THAT(add.params, ElementsAre("sub_id_1=a=b", "x=[1]"));
  EXPECT_EQ(add.in, 10min);
}

TEST(CommandLine, RetryTakesManyIds) {
  const auto mend = args_of<RetryCancel>({"retry", "--db", "a.db", "--id", "1", "--id", "22"});
  EXPECT_EQ(mend.what, RetryCancel::What::retry);
  EXPECT_THAT(mend.ids, ElementsAre(1, 22));
  const auto cancel =
      args_of<RetryCancel>({"cancel", "--db", "a.db", "--older-than", "2h", "--tracker", "x"});
  EXPECT_EQ(cancel.what, RetryCancel::What::cancel);
  EXPECT_EQ(cancel.older_than, 2h);
  EXPECT_EQ(cancel.tracker, "x");
}

TEST(CommandLine, ASubidThatLooksLikeAFlagCanBeShown) {
  EXPECT_EQ(args_of<Show>({"show", "--db", "a.db", "--", "--x"}).subid, "--x");
}

TEST(CommandLine, HelpShowsNothingOfTheReadersOwnGrammar) {
  for (const HelpText& help : kHelpTexts) {
    const std::string page = parse_command_line({std::string(help.verb), "--help"}, nothing()).text;
    EXPECT_THAT(page, HasSubstr("Usage: keitaro-outbox "));
    for (const char* const odd : {"REQUIRED", "Excludes:", "Needs:", "FILE FILE", "ID ID", "\n\n\n"})
      EXPECT_THAT(page, Not(HasSubstr(odd)));
  }
}

TEST(CommandLine, HelpAndVersionAreTextsEvenWithoutADatabase) {
  const Parsed help = parse_command_line({"retry", "--help"}, nothing());
  EXPECT_FALSE(help.command);
  EXPECT_THAT(help.text, HasSubstr("--older-than"));
  EXPECT_THAT(help.text, HasSubstr("Example: keitaro-outbox retry"));
  EXPECT_THAT(parse_command_line({"--help"}, nothing()).text, HasSubstr("drain"));
  EXPECT_THAT(parse_command_line({"--version"}, nothing()).text, HasSubstr("keitaro-outbox "));
}

struct Mistake {
  Arguments arguments;
  std::string message;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreOneLineThatSaysWhatToWrite) {
  const std::string error = error_of(GetParam().arguments);
  EXPECT_THAT(error, HasSubstr(GetParam().message));
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Mistakes,
    testing::Values(
        Mistake{{}, "name a command: init, run"}, Mistake{{"fly"}, "no command 'fly'"},
        Mistake{{"drian"}, "no command 'drian': did you mean 'drain'?"},
        Mistake{{"a\nb"}, "no command 'a\\nb'"}, Mistake{{"status"}, "name the database: add --db FILE"},
        Mistake{{"status", "--db", ""}, "name the database"},
        Mistake{{"run", "--db", "a", "--alow-private"},
                "no flag '--alow-private': did you mean '--allow-private'?"},
        Mistake{{"run", "--db", "a", "--tto=https://h/s3cret/postback"},
                "no flag '--tto': did you mean '--to'?"},
        Mistake{{"init", "--db", "a", "more"}, "unexpected argument 'more'"},
        Mistake{{"list", "--db", "a", "status"}, "unexpected argument 'status'"},
        Mistake{{"run", "--db", "a", "--to"}, "--to"}, Mistake{{"show", "--db", "a"}, "SUBID is required"},
        Mistake{{"preview", "--db", "a"}, "ID is required"},
        Mistake{{"preview", "x", "--db", "a"}, "ID: write a row's id, a whole number"},
        Mistake{{"list", "--db", "a", "--state", "done"}, "--state: write pending, delivered"},
        Mistake{{"list", "--db", "a", "--limit", "0"}, "--limit: write a whole number from 1"},
        Mistake{{"retry", "--db", "a", "--id", "x"}, "--id: write a whole number"},
        Mistake{{"drain", "--db", "a", "--timeout", "5"}, "--timeout: write a number and a unit"},
        Mistake{{"run", "--db", "a", "--max-attempts", "0"},
                "--max-attempts: write a whole number from 1 to 1000"},
        Mistake{{"run", "--db", "a", "--rate", "-1"}, "--rate: write requests a second"},
        Mistake{{"run", "--db", "a", "--log-level", "loud"}, "--log-level: write debug, info, warn or error"},
        Mistake{{"add", "--db", "a", "--due-at", "5", "--in", "5s"}, "--in"}));

TEST(CommandLine, LinksNeedNoDatabase) {
  const auto build = args_of<LinkBuild>({"link", "build", "--bot", "B", "--campaign", "C", "--click", "x"});
  EXPECT_EQ(build.bot + build.campaign + build.click, "BCx");
  const auto parsed = args_of<LinkParse>({"link", "parse", "--db", "a.db", "C-x", "--campaign", "C"});
  EXPECT_EQ(parsed.text, "C-x");
  EXPECT_EQ(parsed.campaign, "C");
}

TEST(CommandLine, WhatIsWrongWithALinkIsToldWithTheWholeVerb) {
  EXPECT_THAT(error_of({"link"}),
              HasSubstr("write link build or link parse (see keitaro-outbox link --help)"));
  EXPECT_THAT(error_of({"link", "parse"}), HasSubstr("(see keitaro-outbox link parse --help)"));
  EXPECT_THAT(
      error_of({"link", "build", "--bot", "B", "--campaing", "C"}),
      HasSubstr("no flag '--campaing': did you mean '--campaign'? (see keitaro-outbox link build --help)"));
  EXPECT_THAT(error_of({"link", "biuld"}), HasSubstr("unexpected argument 'biuld'"));
}

}  // namespace
}  // namespace keitaro_outbox::cli
