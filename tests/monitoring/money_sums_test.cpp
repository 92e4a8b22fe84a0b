#include "monitoring/money_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::monitoring {
namespace {

using testing::ElementsAre;

void add(MoneySums& sums, const std::string& amount, const std::string& currency) {
  sums.add(core::Amount::parse(amount).value(), currency);
}

std::vector<std::string> lines(const MoneySums& sums, std::size_t most = 20) {
  std::vector<std::string> out;
  for (const MoneySums::Sum& sum : sums.sums(most)) out.push_back(sum.currency + " " + sum.text);
  return out;
}

TEST(MoneySums, AreExactAndKnowACurrencyInAnyCase) {
  MoneySums sums;
  for (int i = 0; i < 1'000'003; ++i) add(sums, "0.1", i % 2 == 0 ? "usd" : "USD");
  add(sums, "-0.0001", "eur");
  add(sums, "5", "");
  EXPECT_THAT(lines(sums), ElementsAre("eur -0.0001", "none 5", "usd 100000.3"));
  EXPECT_EQ(sums.sums(20).back().value, 100'000.3);
}

TEST(MoneySums, HoldMoreThanOneAmountCan) {
  MoneySums sums;
  for (int i = 0; i < 100'000; ++i) add(sums, "99999999999999.9999", "usd");
  EXPECT_THAT(lines(sums), ElementsAre("usd 9999999999999999990"));
}

TEST(MoneySums, TellTheMostCommonCurrenciesApart) {
  MoneySums sums;
  for (const char* currency : {"usd", "usd", "usd", "eur", "eur", "xxa", "xxb"}) add(sums, "1.5", currency);
  EXPECT_THAT(lines(sums, 2), ElementsAre("eur 3", "usd 4.5", "other 3"));
}

TEST(MoneySums, OfNothingIsNothing) {
  EXPECT_THAT(lines(MoneySums()), ElementsAre());
  MoneySums sums;
  add(sums, "1", "usd");
  add(sums, "-1", "usd");
  EXPECT_THAT(lines(sums), ElementsAre("usd 0"));
}

}  // namespace
}  // namespace keitaro_outbox::monitoring
