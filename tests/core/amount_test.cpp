#include "core/text/amount.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

TEST(Amount, PlainDecimalsAreReadAndWrittenInTheirShortestForm) {
  const struct {
    std::string written, shortest;
  } rows[] = {
      {"0", "0"},
      {"-0", "0"},
      {"-0.0000", "0"},
      {"12.5", "12.5"},
      {"12.50", "12.5"},
      {"-3", "-3"},
      {"007.10", "7.1"},
      {"00000000000000000000000000000001", "1"},
      {"0.0001", "0.0001"},
      {"10.0010", "10.001"},
      {"-0.5", "-0.5"},
      {"100", "100"},
      {"99999999999999", "99999999999999"},
      {"-99999999999999.9999", "-99999999999999.9999"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto amount = Amount::parse(row.written);
    ASSERT_TRUE(amount);
    EXPECT_EQ(amount->text(), row.shortest);
    EXPECT_EQ(Amount::parse(amount->text()), amount);
  }
}

TEST(Amount, PlacesBeyondFourAreRoundedHalfAwayFromZero) {
  const struct {
    std::string written, shortest;
  } rows[] = {
      {"1.00004", "1"},          {"1.00005", "1.0001"}, {"1.000049999", "1"}, {"-1.00005", "-1.0001"},
      {"-1.00004", "-1"},        {"0.00005", "0.0001"}, {"-0.00004", "0"},    {"0.99995", "1"},
      {"9.999949999", "9.9999"}, {"9.99995000", "10"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto amount = Amount::parse(row.written);
    ASSERT_TRUE(amount);
    EXPECT_EQ(amount->text(), row.shortest);
  }
}

TEST(Amount, EqualityIsByValue) {
  EXPECT_EQ(Amount::parse("12.50"), Amount::parse("12.5"));
  EXPECT_EQ(Amount::parse("-0"), Amount::parse("0.0"));
  EXPECT_NE(Amount::parse("12.5"), Amount::parse("12.51"));
  EXPECT_NE(Amount::parse("12.5"), Amount::parse("-12.5"));
}

TEST(Amount, AnythingElseIsNoAmount) {
  const std::vector<std::string> texts = {
      "",
      "-",
      ".",
      "-.",
      "5.",
      ".5",
      "-.5",
      "+5",
      "1e3",
      "1E3",
      "1,5",
      "1 ",
      " 1",
      "--1",
      "1-",
      "1.2.3",
      "1..2",
      "0x10",
      "nan",
      "inf",
      "٣",
      "1_000",
      "1.5a",
      "a1.5",
      "1\n",
      std::string("1\0", 2),
      std::string("\0", 1),
      "100000000000000",                    // 15 digits before the point
      "99999999999999.99999",               // rounds to 15 digits
      "12345678901234567890",               // passes the table's CHECK
      "000000000000000000000000000000001",  // 33 characters
      std::string(1'000'000, '9'),
  };
  for (const auto& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_FALSE(Amount::parse(text));
  }
}

TEST(AmountSum, IsExactAndWiderThanAnyAmount) {
  const struct {
    std::vector<std::string> amounts;
    std::string sum;
  } rows[] = {
      {{}, "0"},
      {{"0.1", "0.2"}, "0.3"},
      {{"12.50", "-12.5"}, "0"},
      {{"0.0005"}, "0.0005"},
      {{"-3", "1.25"}, "-1.75"},
      {{"10", "90"}, "100"},
      {std::vector<std::string>(100'000, "99999999999999.9999"), "9999999999999999990"},
      {std::vector<std::string>(100'001, "-99999999999999.9999"), "-10000099999999999989.9999"},
  };
  for (const auto& row : rows) {
    AmountSum sum;
    for (const auto& text : row.amounts) sum += Amount::parse(text).value();
    EXPECT_EQ(sum.text(), row.sum);
  }
  AmountSum sum;
  sum += Amount::parse("0.7").value();
  AmountSum both = sum;
  both += sum;
  EXPECT_EQ(both.text(), "1.4");
}

}  // namespace
}  // namespace keitaro_outbox::core
