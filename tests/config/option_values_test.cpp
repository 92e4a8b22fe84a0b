#include "config/option_values.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::config {
namespace {

using namespace std::chrono_literals;

struct DurationCase {
  const char* text;
  std::optional<core::Millis> value;
};

class FlagDurations : public testing::TestWithParam<DurationCase> {};

TEST_P(FlagDurations, AreANumberAndAUnitWithinTheRange) {
  const auto& [text, value] = GetParam();
  if (value) {
    EXPECT_EQ(duration_value(text, kRequestTimeout), *value);
  } else {
    EXPECT_THROW(duration_value(text, kRequestTimeout), ValueError);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FlagDurations,
                         testing::Values(DurationCase{"250ms", 250ms}, DurationCase{"10s", 10s},
                                         DurationCase{"5m", 5min}, DurationCase{"1h", 1h},
                                         DurationCase{"2h", {}}, DurationCase{"0", {}},
                                         DurationCase{"10", {}}, DurationCase{"soon", {}},
                                         DurationCase{"-1s", {}}, DurationCase{" 1s", {}},
                                         DurationCase{"1.5s", {}}, DurationCase{"1e3s", {}},
                                         DurationCase{"", {}}));

TEST(FlagValues, OutOfRangeSaysTheRange) {
  try {
    duration_value("2h", kRequestTimeout);
    FAIL() << "two hours are too long for a request";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "write a time from 1ms to 1h");
  }
}

TEST(FlagValues, CountsAreWholeNumbersWithinTheRange) {
  EXPECT_EQ(count_value("1", kMaxAttempts), 1);
  EXPECT_EQ(count_value("1000", kMaxAttempts), 1000);
  for (const char* text :
       {"0", "1001", "-1", "+1", "1.0", "1e2", "many", "", " 1", "0x10", "99999999999999999999"}) {
    EXPECT_THROW(count_value(text, kMaxAttempts), ValueError) << text;
  }
}

TEST(FlagValues, RatesMayBeFractionsButNotNegativeOrInfinite) {
  EXPECT_DOUBLE_EQ(rate_value("0"), 0);
  EXPECT_DOUBLE_EQ(rate_value("0.5"), 0.5);
  EXPECT_DOUBLE_EQ(rate_value("1000000"), 1'000'000);
  for (const char* text : {"-1", "1000001", "inf", "nan", "1e3", "1,5", "", "fast"}) {
    EXPECT_THROW(rate_value(text), ValueError) << text;
  }
}

TEST(FlagValues, LogLevelsAndFormatsAreExact) {
  EXPECT_EQ(log_level_value("warn"), LogLevel::warn);
  EXPECT_EQ(log_format_value("json"), LogFormat::json);
  EXPECT_THROW(log_level_value("loud"), ValueError);
  EXPECT_THROW(log_level_value("Warn"), ValueError);
  EXPECT_THROW(log_format_value("xml"), ValueError);
}

}  // namespace
}  // namespace keitaro_outbox::config
