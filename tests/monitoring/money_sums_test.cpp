#include "monitoring/money_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::monitoring {
namespace {

using testing::ElementsAre;
using Sums = std::map<std::string, core::AmountSum>;

core::Amount amount(const std::string& text) {
  return core::Amount::parse(text).value();
}

std::vector<std::string> lines(const Sums& sums, std::size_t most = 20) {
  std::vector<std::string> out;
  for (const CurrencySum& entry : common_currencies(sums, most))
    out.push_back(entry.currency + " " + entry.sum.text());
  return out;
}

TEST(MoneySums, AreExact) {
  Sums sums;
  for (int i = 0; i < 1'000'003; ++i) sums["usd"] += amount("0.1");
  sums["eur"] += amount("-0.0001");
  sums[""] += amount("5");
  EXPECT_THAT(lines(sums), ElementsAre("eur -0.0001", "none 5", "usd 100000.3"));
  EXPECT_EQ(sums["usd"].value(), 100'000.3);
}

TEST(MoneySums, HoldMoreThanOneAmountCan) {
  Sums sums;
  for (int i = 0; i < 100'000; ++i) sums["usd"] += amount("99999999999999.9999");
  EXPECT_THAT(lines(sums), ElementsAre("usd 9999999999999999990"));
}

TEST(MoneySums, TellTheMostCommonCurrenciesApart) {
  Sums sums;
  for (const char* currency : {"usd", "usd", "usd", "eur", "eur", "xxa", "xxb"})
    sums[currency] += amount("1.5");
  EXPECT_THAT(lines(sums, 2), ElementsAre("eur 3", "usd 4.5", "other 3"));
}

TEST(MoneySums, OfNothingIsNothing) {
  EXPECT_THAT(lines({}), ElementsAre());
  Sums sums;
  sums["usd"] += amount("1");
  sums["usd"] += amount("-1");
  EXPECT_THAT(lines(sums), ElementsAre("usd 0"));
}

}  // namespace
}  // namespace keitaro_outbox::monitoring
