#include "sim/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "temp_folder.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::Millis;
using ::testing::HasSubstr;

Options options(const std::vector<std::string>& arguments) {
  auto parsed = parse_options(arguments);
  if (const auto* ending = std::get_if<Ending>(&parsed)) throw std::runtime_error(ending->text);
  return std::get<Options>(std::move(parsed));
}

Ending ending(const std::vector<std::string>& arguments) {
  auto parsed = parse_options(arguments);
  return std::holds_alternative<Ending>(parsed) ? std::get<Ending>(parsed) : Ending{-1, "no ending"};
}

TEST(SimOptions, DefaultsAreThoseOfTheHelp) {
  const Options defaults = options({});
  EXPECT_EQ(defaults.host, "127.0.0.1");
  EXPECT_EQ(defaults.port, 8787);
  EXPECT_EQ(defaults.simulator.key, "key");
  EXPECT_EQ(defaults.simulator.trouble, Trouble{});
  EXPECT_EQ(defaults.tracker.verdict_delay, Millis{0});
  EXPECT_TRUE(defaults.tracker.policy.upsells);
  EXPECT_FALSE(defaults.tracker.policy.apply_unknown_moves);
  EXPECT_FALSE(defaults.tracker.clicks);
  const Ending help = ending({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.text, HasSubstr("Not documented by the vendor"));
  EXPECT_THAT(help.text, HasSubstr("(default ignore)"));
}

TEST(SimOptions, EveryFlagIsTakenOver) {
  const keitaro_outbox::TempFolder folder;
  const Options all =
      options({"--listen",        "[::1]:0", "--key",        "k",
               "--port-file",     "p",       "--log",        "l",
               "--api-key",       "a",       "--quit-after", "1500ms",
               "--upsells",       "off",     "--clicks",     folder.write("clicks", "abc\r\n\n d.e \n"),
               "--verdict-delay", "10s",     "--rates",      folder.write("rates", "usd 1\neur 1.25\n"),
               "--currency",      "eur",     "--seed",       "9"});
  EXPECT_EQ(all.host, "::1");
  EXPECT_EQ(all.port, 0);
  EXPECT_EQ(all.simulator.key, "k");
  EXPECT_EQ(all.port_file, "p");
  EXPECT_EQ(all.log_file, "l");
  EXPECT_EQ(all.simulator.admin.api_key, "a");
  EXPECT_EQ(all.quit_after, Millis{1500});
  EXPECT_FALSE(all.tracker.policy.upsells);
  EXPECT_EQ(all.tracker.clicks, (std::unordered_set<std::string>{"abc", "d.e"}));
  EXPECT_EQ(all.tracker.verdict_delay, Millis{10'000});
  EXPECT_EQ(all.tracker.rates.to_own(Money{100'000}, "usd")->text(), "8");
  EXPECT_EQ(all.simulator.seed, 9U);
}

TEST(SimOptions, TroubleIsTakenOver) {
  const Trouble trouble = options({"--fail", "503:0.2", "--fail", "429:0.1", "--cut-before", "0.1",
                                   "--cut-after", "0.15", "--hang", "0.01", "--hang-for", "5s", "--latency",
                                   "50ms", "--latency-jitter", "10ms", "--retry-after", "2"})
                              .simulator.trouble;
  Trouble expected;
  expected.fail = {{503, 0.2}, {429, 0.1}};
  expected.cut_before = 0.1;
  expected.cut_after = 0.15;
  expected.hang = 0.01;
  expected.hang_for = Millis{5000};
  expected.latency = Millis{50};
  expected.latency_jitter = Millis{10};
  expected.retry_after = 2;
  EXPECT_EQ(trouble, expected);
}

TEST(SimOptions, EachSilenceOfTheVendorHasItsSwitch) {
  const Options all = options({"--unknown-move",
                               "apply",
                               "--allow-move",
                               "rejected->sale",
                               "--repeat",
                               "ignore",
                               "--unmapped",
                               "ignore",
                               "--rebill-without-tid",
                               "overwrite",
                               "--further-tid",
                               "sold",
                               "--omitted-amount",
                               "zero",
                               "--bad-amount",
                               "ignore",
                               "--unknown-currency",
                               "ignore",
                               "--too-long",
                               "ignore",
                               "--statuses-case",
                               "any",
                               "--empty-status",
                               "as-is",
                               "--both-amounts",
                               "revenue",
                               "--two-lists",
                               "sale",
                               "--sub-ids",
                               "30",
                               "--no-key",
                               "allow",
                               "--wrong-key-code",
                               "403",
                               "--incorrect-code",
                               "400",
                               "--answer-text",
                               "",
                               "--image",
                               "text",
                               "--post",
                               "allow",
                               "--admin-api",
                               "unpaid",
                               "--wrong-api-key-code",
                               "403",
                               "--log-order",
                               "oldest",
                               "--event-columns",
                               "on"});
  const VerdictPolicy& policy = all.tracker.policy;
  EXPECT_TRUE(policy.apply_unknown_moves);
  EXPECT_TRUE(policy.further_moves.contains({"rejected", "sale"}));
  EXPECT_FALSE(policy.repeats_update);
  EXPECT_FALSE(policy.record_unmapped);
  EXPECT_TRUE(policy.tidless_rebill_overwrites);
  EXPECT_FALSE(policy.further_tid_of_any_status);
  EXPECT_FALSE(all.tracker.amounts_kept_when_omitted);
  EXPECT_FALSE(all.tracker.bad_amounts_count_as_zero);
  EXPECT_FALSE(all.tracker.unknown_currency_taken_as_own);
  EXPECT_FALSE(all.tracker.long_values_are_cut);
  EXPECT_TRUE(all.simulator.reading.statuses_in_any_case);
  EXPECT_FALSE(all.simulator.reading.empty_status_is_sale);
  EXPECT_FALSE(all.simulator.reading.payout_wins);
  EXPECT_EQ(all.simulator.reading.first_list, "sale");
  EXPECT_EQ(all.simulator.reading.sub_ids, 30);
  EXPECT_EQ(all.simulator.admin.sub_ids, 30);
  EXPECT_TRUE(all.simulator.postback_without_key);
  EXPECT_EQ(all.simulator.wrong_key_code, 403);
  EXPECT_EQ(all.simulator.incorrect_code, 400);
  EXPECT_EQ(all.simulator.answer_text, "");
  EXPECT_FALSE(all.simulator.image_answered);
  EXPECT_TRUE(all.simulator.post_allowed);
  EXPECT_FALSE(all.simulator.admin.paid);
  EXPECT_EQ(all.simulator.admin.wrong_key_code, 403);
  EXPECT_EQ(all.simulator.admin.log_order, PostbackLog::Order::oldest_first);
  EXPECT_TRUE(all.simulator.admin.event_columns);
}

TEST(SimOptions, WrongUseEndsWithOneLineThatNamesTheFlag) {
  const keitaro_outbox::TempFolder folder;
  struct Case {
    std::vector<std::string> arguments;
    std::string said;
  };
  for (const Case& c : std::vector<Case>{{{"--listen", "x:y"}, "HOST:PORT"},
                                         {{"--listen", "127.0.0.1:70000"}, "HOST:PORT"},
                                         {{"--listen", ":80"}, "a host is missing"},
                                         {{"--key", ""}, "--key"},
                                         {{"--fail", "503:2"}, "between 0 and 1"},
                                         {{"--fail", "often"}, "CODE:SHARE"},
                                         {{"--cut-before", "0.6", "--hang", "0.6"}, "must not exceed 1"},
                                         {{"--latency", "5"}, "--latency: \"5\" is not a time"},
                                         {{"--clicks", folder.file("missing")}, "--clicks: cannot read"},
                                         {{"--clicks", folder.file("")}, "--clicks: cannot read"},
                                         {{"--rates", folder.write("rates", "eur\n")}, "line 1"},
                                         {{"--upsells", "maybe"}, "--upsells"},
                                         {{"--allow-move", "sale"}, "FROM->TO"},
                                         {{"--sub-ids", "12"}, "--sub-ids"},
                                         {{"--nope"}, "--nope"}}) {
    const Ending wrong = ending(c.arguments);
    EXPECT_EQ(wrong.code, 2) << c.said;
    EXPECT_THAT(wrong.text, HasSubstr(c.said));
    EXPECT_EQ(wrong.text.find('\n'), std::string::npos) << wrong.text;
  }
}

}  // namespace
}  // namespace keitaro_sim
