#include "sim/money.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace keitaro_sim {
namespace {

TEST(SimMoney, PlainDecimalsAreReadAndWrittenAtFourPlaces) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"12.5", "12.5"},      {"-3", "-3"},
      {"007.10", "7.1"},     {"0", "0"},
      {"-0.0", "0"},         {".75", "0.75"},
      {"5.", "5"},           {"+2", "2"},
      {"0.00005", "0.0001"}, {"-0.00005", "-0.0001"},
      {"0.00004", "0"},      {"99999999999999.9999", "99999999999999.9999"},
      {"1.99995", "2"},
  };
  for (const auto& [text, expected] : cases) {
    const auto amount = parse_money(text);
    ASSERT_TRUE(amount) << text;
    EXPECT_EQ(amount->text(), expected) << text;
  }
}

TEST(SimMoney, AnythingElseIsNoAmount) {
  for (const std::string text :
       {"", ".", "-", "1,5", "1e3", " 1", "1 ", "abc", "1.2.3", "--1", "0x10", "100000000000000", "1.5x"})
    EXPECT_FALSE(parse_money(text)) << text;
}

TEST(SimMoney, RatesAreAboveZeroAndHaveAtMostEightPlaces) {
  EXPECT_EQ(parse_rate("1.08"), Rate{108'000'000});
  EXPECT_EQ(parse_rate("0.00000001"), Rate{1});
  for (const std::string text : {"0", "-1", "0.000000001", "1e-3", "", "1234567890"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(SimMoney, ExchangeRoundsHalfAwayFromZeroAtFourPlaces) {
  struct Case {
    std::string amount, from, to, expected;
  };
  for (const Case& c : std::vector<Case>{{"10", "1.08", "1", "10.8"},
                                         {"10", "1", "1.08", "9.2593"},
                                         {"-10", "1", "1.08", "-9.2593"},
                                         {"0.0001", "0.5", "1", "0.0001"},
                                         {"-0.0001", "0.5", "1", "-0.0001"},
                                         {"0.0001", "0.49999999", "1", "0"},
                                         {"0.0003", "1", "2", "0.0002"},
                                         {"0.0001", "1", "3", "0"},
                                         {"0.0002", "1", "3", "0.0001"},
                                         {"99999999999999.9999", "1", "1", "99999999999999.9999"}})
    EXPECT_EQ(exchange(*parse_money(c.amount), *parse_rate(c.from), *parse_rate(c.to))->text(), c.expected)
        << c.amount << " " << c.from << "/" << c.to;
}

TEST(SimMoney, ExchangeThatGrowsTooLargeGivesNothing) {
  EXPECT_FALSE(exchange(*parse_money("99999999999999"), *parse_rate("999999999"), *parse_rate("0.00000001")));
}

}  // namespace
}  // namespace keitaro_sim
