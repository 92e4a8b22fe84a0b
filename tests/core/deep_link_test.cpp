#include "core/url/deep_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::core {
namespace {

using testing::HasSubstr;

std::string built(const std::string& bot, const std::string& campaign, const std::string& click = "") {
  const auto link = build_deep_link(bot, campaign, click);
  return link.result ? *link.result : "error: " + link.error;
}

std::string parsed(const std::string& text, const std::string& campaign = "") {
  const auto link = parse_deep_link(text, campaign);
  return link.result ? link.result->campaign + " | " + link.result->click : "error: " + link.error;
}

TEST(DeepLink, IsBuiltByTelegramsRules) {
  const std::string longest(62, 'C');
  const struct {
    std::string bot, campaign, click, says;
  } rows[] = {
      {"YourBot", "SUMMER", "", "https://t.me/YourBot?start=SUMMER-{subid}"},
      {"@your_bot7", "s_1", "", "https://t.me/your_bot7?start=s_1-{subid}"},
      {"YourBot", "SUM-MER", "", "https://t.me/YourBot?start=SUM-MER-{subid}"},
      {"YourBot", "SUMMER", "37o23c7.1f.381o", "https://t.me/YourBot?start=SUMMER-37o23c7-1f-381o"},
      {"YourBot", longest, "x", "https://t.me/YourBot?start=" + longest + "-x"},
      {"YourBot", longest, "", "https://t.me/YourBot?start=" + longest + "-{subid}"},
      {"YourBot", longest, "xy", "error: the start value has 65 characters, and Telegram carries 64 at most"},
      {"YourBot", longest + "C", "", "leaves no room for a click id"},
      {"YourBot", "", "", "error: the campaign code is empty"},
      {"YourBot", "a.b", "",
       "error: the campaign code \"a.b\" holds ., and Telegram carries A-Z a-z 0-9 _ - only"},
      {"YourBot", "a b", "", "holds a blank or a foreign character"},
      {"YourBot", "Лето", "", "holds a blank or a foreign character"},
      {"YourBot", "SUMMER", "a{b", "error: the click id \"a{b\" holds {"},
      {"YourBot", "SUMMER", "a%20b", "holds %"},
      {"", "SUMMER", "", "error: the bot \"\" is no bot's name"},
      {"@", "SUMMER", "", "is no bot's name"},
      {"t.me/YourBot", "SUMMER", "", "is no bot's name"},
      {"Your-Bot", "SUMMER", "", "is no bot's name"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(built(row.bot, row.campaign, row.click), HasSubstr(row.says))
        << row.bot << " " << row.campaign;
  }
}

TEST(DeepLink, IsReadInEveryFormThatItComesIn) {
  const struct {
    std::string text, campaign, says;
  } rows[] = {
      {"SUMMER-abc", "", "SUMMER | abc"},
      {" SUMMER-abc\n", "", "SUMMER | abc"},
      {"/start SUMMER-abc", "", "SUMMER | abc"},
      {"/start@YourBot SUMMER-abc", "", "SUMMER | abc"},
      {"https://t.me/YourBot?start=SUMMER-abc", "", "SUMMER | abc"},
      {"t.me/YourBot?start=SUMMER-abc", "", "SUMMER | abc"},
      {"http://telegram.me/YourBot/?x=1&start=SUMMER-abc&y=2#z", "", "SUMMER | abc"},
      {"tg://resolve?domain=YourBot&start=SUMMER-abc", "", "SUMMER | abc"},
      {"https://t.me/YourBot?start=SUMMER%2Dabc", "", "SUMMER | abc"},
      // At the first -, unless the code is known.
      {"SUMMER-37o23c7-1f-381o", "", "SUMMER | 37o23c7-1f-381o"},
      {"SUM-MER-37o", "", "SUM | MER-37o"},
      {"SUM-MER-37o", "SUM-MER", "SUM-MER | 37o"},
      {"a--b", "", "a | -b"},
      {std::string(62, 'C') + "-x", "", std::string(62, 'C') + " | x"},
      {"SUMMER-37o", "SUM", "error: \"SUMMER-37o\" does not begin with the campaign code \"SUM\" and a -"},
      {"SUMMER-37o", "WINTER", "does not begin with the campaign code"},
      {"SUM-", "SUM", "has no click id behind its -"},
      {"SUMMER", "", "error: \"SUMMER\" has no - between campaign code and click id"},
      {"-abc", "", "error: \"-abc\" has no campaign code before its -"},
      {"SUMMER-", "", "error: \"SUMMER-\" has no click id behind its -"},
      {"", "", "error: there is nothing behind start="},
      {"/start", "", "there is nothing behind start="},
      {"https://t.me/YourBot?start=", "", "there is nothing behind start="},
      {"https://t.me/YourBot", "", "has no start= in it"},
      {"https://t.me/YourBot?startapp=SUMMER-abc", "", "has no start= in it"},
      {"https://t.me/YourBot?start=SUMMER-{subid}", "", "is a macro that was not filled in"},
      {"SUMMER-%7Bsubid%7D", "", "holds %, and Telegram carries"},
      {"SUMMER-37o.1f", "", "error: \"SUMMER-37o.1f\" holds ., and Telegram carries"},
      {std::string(62, 'C') + "-xy", "", "has 65 characters, and Telegram carries 64 at most"},
  };
  for (const auto& row : rows) EXPECT_THAT(parsed(row.text, row.campaign), HasSubstr(row.says)) << row.text;
}

TEST(DeepLink, WhatIsBuiltIsReadAgainAndTheDotsComeBack) {
  const auto link = parse_deep_link(built("YourBot", "SUMMER", "37o23c7.1f.381o"), "");
  ASSERT_TRUE(link.result) << link.error;
  EXPECT_EQ(dots_for_dashes(link.result->click), "37o23c7.1f.381o");
  EXPECT_EQ(dashes_for_dots("37o23c7.1f.381o"), link.result->click);
}

TEST(DeepLink, NoTextIsTooOddToBeRead) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string odd = "A-" + std::string(1, static_cast<char>(byte)) + "b";
    const auto link = parse_deep_link(odd, "");
    EXPECT_EQ(link.result.has_value(), link.error.empty());
    EXPECT_EQ(link.error.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
