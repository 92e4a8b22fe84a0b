#include "sim/currency_rates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace keitaro_sim {
namespace {

using ::testing::HasSubstr;

std::string converted(const CurrencyRates& rates, const std::string& amount, const std::string& currency) {
  const auto own = rates.to_own(*parse_money(amount), currency);
  return own ? own->text() : "none";
}

TEST(SimCurrencyRates, LinesAndJsonSayTheSame) {
  for (const std::string text :
       {"# daily\nusd 1.0\n\neur  1.08\r\nRUB 0.011\n", R"({"usd": "1.0", "EUR": 1.08, "rub": 0.011})"}) {
    const auto parsed = CurrencyRates::parse(text, "usd");
    ASSERT_EQ(parsed.error, "") << text;
    EXPECT_EQ(converted(parsed.rates, "10", "eur"), "10.8");
    EXPECT_EQ(converted(parsed.rates, "10", "EUR"), "10.8");
    EXPECT_EQ(converted(parsed.rates, "100.5", "rub"), "1.1055");
  }
}

TEST(SimCurrencyRates, OwnCurrencyMayBeAnotherThanTheUnitOfTheList) {
  const auto parsed = CurrencyRates::parse("usd 1\neur 1.25\n", "EUR");
  EXPECT_EQ(converted(parsed.rates, "10", "usd"), "8");
  EXPECT_EQ(converted(parsed.rates, "10", "eur"), "10");
  EXPECT_EQ(converted(parsed.rates, "10", ""), "10");
}

TEST(SimCurrencyRates, CurrencyWithoutRateIsUnknown) {
  EXPECT_EQ(converted(CurrencyRates("usd"), "10", "eur"), "none");
  EXPECT_EQ(converted(CurrencyRates("usd"), "10", "USD"), "10");
}

TEST(SimCurrencyRates, WrongListsAreNamedByLineOrCurrency) {
  EXPECT_THAT(CurrencyRates::parse("usd 1\neur\n", "usd").error, HasSubstr("line 2"));
  EXPECT_THAT(CurrencyRates::parse("eur 1,08\n", "usd").error, HasSubstr("line 1: the rate of eur"));
  EXPECT_THAT(CurrencyRates::parse("eur 1\nEUR 2\n", "usd").error, HasSubstr("two rates"));
  EXPECT_THAT(CurrencyRates::parse(R"({"eur": -1})", "usd").error, HasSubstr("the rate of eur"));
  EXPECT_THAT(CurrencyRates::parse(R"({"eur": )", "usd").error, HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace keitaro_sim
