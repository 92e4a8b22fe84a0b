#include "core/flow/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::day, std::chrono::month, std::chrono::year;

WallTime at(int y, unsigned m, unsigned d, Millis time_of_day) {
  return std::chrono::sys_days{year{y} / month{m} / day{d}} + time_of_day;
}

const WallTime kNow = at(1994, 11, 6, 8h + 49min + 7s);

TEST(RetryAfter, SecondsAreReadAndCapped) {
  const struct {
    std::string value;
    Millis delay;
  } rows[] = {
      {"0", 0ms},
      {"2", 2s},
      {"120", 120s},
      {" 5\t", 5s},
      {"007", 7s},
      {"86400", 24h},
      {"86401", 24h},
      {"99999999999999999999999999", 24h},
      {std::string(1'000'000, '9'), 24h},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.value.substr(0, 40));
    EXPECT_EQ(parse_retry_after(row.value, kNow), row.delay);
  }
}

TEST(RetryAfter, AllThreeFormsOfAnHttpDateAreRead) {
  const struct {
    std::string value;
    Millis delay;
  } rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 30s}, {"Sunday, 06-Nov-94 08:49:37 GMT", 30s},
      {"Sun Nov  6 08:49:37 1994", 30s},      {"Mon Nov 07 08:49:06 1994", 24h - 1s},
      {"Sun, 06 Nov 1994 08:49:60 GMT", 53s}, {" Sun, 06 Nov 1994 08:49:37 GMT ", 30s},
      {"Sun, 06 Nov 1994 08:49:06 GMT", 0ms},  // has passed
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0ms}, {"Sat, 01 Jan 0000 00:00:00 GMT", 0ms},
      {"Tue, 08 Nov 1994 00:00:00 GMT", 24h},  // capped
      {"Fri, 31 Dec 9999 23:59:59 GMT", 24h},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.value);
    EXPECT_EQ(parse_retry_after(row.value, kNow), row.delay);
  }
}

TEST(RetryAfter, ADateIsComparedToTheMillisecond) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:08 GMT", kNow + 250ms), 750ms);
}

TEST(RetryAfter, TwoDigitsOfAYearMeanTheOneNotMoreThanFiftyYearsAhead) {
  const struct {
    WallTime now;
    std::string value;
    Millis delay;
  } rows[] = {
      {at(2026, 7, 1, 0h), "Wednesday, 01-Jul-26 00:00:10 GMT", 10s},
      {at(2099, 12, 31, 23h + 59min + 50s), "Friday, 01-Jan-00 00:00:00 GMT", 10s},  // 2100
      {at(2026, 7, 1, 0h), "Monday, 01-Jul-75 00:00:00 GMT", 24h},                   // 2075: ahead
      {at(2026, 7, 1, 0h), "Monday, 01-Jul-77 00:00:00 GMT", 0ms},    // 1977: more than 50 ahead otherwise
      {at(2026, 7, 1, 0h), "Thursday, 06-Nov-94 08:49:37 GMT", 0ms},  // 1994
      {at(1960, 1, 1, 0h), "Friday, 01-Jan-60 00:00:05 GMT", 5s},
      {at(2024, 2, 29, 0h), "Thursday, 29-Feb-24 00:00:05 GMT", 5s},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.value);
    EXPECT_EQ(parse_retry_after(row.value, row.now), row.delay);
  }
}

TEST(RetryAfter, AnythingElseIsNothing) {
  const std::vector<std::string> values = {
      "",
      " ",
      "-1",
      "+1",
      "1.5",
      "5s",
      "5 5",
      "soon",
      "1e3",
      std::string("5\0", 2),
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 GMT+1",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Wed, 29 Feb 1995 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:00 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Bla 1994 08:49:37 GMT",
      "Bla, 06 Nov 1994 08:49:37 GMT",
      "sun, 06 nov 1994 08:49:37 gmt",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sun, 06-Nov-94 08:49:37 GMT",
      "Sunday, 99-Nov-94 08:49:37 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov  6 08:49:37 1994 GMT",
      "Sun Nov  0 08:49:37 1994",
      "Sun, ",
      "Sun Nov  ",
      "1994-11-06T08:49:37Z",
      "Sun, \xff\xff Nov 1994 08:49:37 GMT",
      "Sun, " + std::string(1'000'000, '0'),
      std::string(1'000'000, 'S'),
  };
  for (const auto& value : values) {
    SCOPED_TRACE(value.substr(0, 40));
    EXPECT_EQ(parse_retry_after(value, kNow), std::nullopt);
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
