#include "core/text/time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ANumberWithAUnitIsRead) {
  const struct {
    std::string text;
    Millis duration;
  } rows[] = {
      {"0", 0ms}, {"0ms", 0ms}, {"0d", 0ms},  {"250ms", 250ms}, {"10s", 10s},       {"5m", 5min},
      {"2h", 2h}, {"7d", 168h}, {"007s", 7s}, {"90000ms", 90s}, {"3650d", 87'600h},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(parse_duration(row.text), row.duration);
  }
}

TEST(Duration, AnythingElseIsNoDuration) {
  const std::vector<std::string> texts = {
      "",
      "10",
      "00",
      "s",
      "ms",
      " 10s",
      "10s ",
      "10 s",
      "10S",
      "-10s",
      "+10s",
      "1.5s",
      "1h30m",
      "10sec",
      "10us",
      "1w",
      "3653d",
      "316000000000ms",
      "99999999999999999999s",
      "9223372036854775807ms",
      std::string("10s\0", 4),
      std::string("1\0s", 3),
      std::string(1'000'000, '1') + "s",
      std::string(1'000'000, 's'),
  };
  for (const auto& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_EQ(parse_duration(text), std::nullopt);
  }
}

TEST(Duration, IsWrittenWithTheLargestUnitThatDividesIt) {
  const struct {
    Millis duration;
    std::string text;
  } rows[] = {
      {0ms, "0s"},  {1ms, "1ms"}, {1500ms, "1500ms"}, {1s, "1s"},   {90s, "90s"},
      {120s, "2m"}, {2h, "2h"},   {24h, "1d"},        {25h, "25h"}, {87'600h, "3650d"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(format_duration(row.duration), row.text);
  }
}

TEST(Duration, WhatIsWrittenIsReadBack) {
  for (std::int64_t millis = 1; millis < 300'000'000'000; millis = millis * 3 + 1) {
    for (const Millis duration :
         {Millis{millis}, Millis{millis * 1000 % 300'000'000'000}, Millis{millis / 60'000 * 60'000}}) {
      EXPECT_EQ(parse_duration(format_duration(duration)), duration) << duration.count();
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
