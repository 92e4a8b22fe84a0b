#include <gtest/gtest.h>

#include <set>

#include "core/readback/schedule.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const WallTime kTakenIn{Millis{1'700'000'000'000}};
const ReadBackPolicy kPolicy;

SentConversion sent(Millis age_of_last_look = Millis{-1}, const std::string& note = "") {
  SentConversion conversion;
  conversion.subid = "click";
  conversion.taken_in_at = kTakenIn;
  conversion.first_taken_in_at = kTakenIn;
  if (age_of_last_look >= 0ms) conversion.looked_at = kTakenIn + age_of_last_look;
  conversion.note = note;
  return conversion;
}

TEST(ReadBackSchedule, AsksAgainAt5Minutes1HourAnd24Hours) {
  const std::vector<std::pair<Millis, Millis>> table{{90s, 5min},
                                                     {5min, 1h},
                                                     {59min, 1h},
                                                     {1h, 24h},
                                                     {23h, 24h},
                                                     {24h, 24h + (5min - 90s)},
                                                     {50h, 50h + 3min + 30s}};
  for (const auto& [age, next] : table)
    EXPECT_EQ(next_look(sent(), kPolicy, kTakenIn + age), kTakenIn + next) << age.count();
}

TEST(ReadBackSchedule, ALookIsTheLastWhereItsTimeHasComeAndAnEarlierOneFoundTheSame) {
  struct Case {
    Millis looked;
    std::string note;
    Millis now;
    bool last;
  };
  const std::vector<Case> table{{-1ms, "", 30h, false},        {1h, "x", 23h, false},
                                {1h, "x", 24h, true},          {1h, "y", 24h, false},
                                {24h, "x", 24h + 1min, false}, {24h, "x", 24h + 4min, true},
                                {71h, "y", 72h, true}};
  for (const Case& c : table)
    EXPECT_EQ(is_last_look(sent(c.looked, c.note), kPolicy, kTakenIn + c.now, "x"), c.last)
        << c.looked.count() << ' ' << c.now.count();
}

TEST(ReadBackSchedule, WithoutFurtherTimesItAsksOnceMore) {
  const ReadBackPolicy once{.verify_after = 10s, .verify_again = {}, .currency = {}};
  EXPECT_EQ(next_look(sent(), once, kTakenIn + 10s), kTakenIn + 20s);
  EXPECT_TRUE(is_last_look(sent(10s, "x"), once, kTakenIn + 20s, "x"));
}

TEST(ReadBackSchedule, ABatchHoldsMoneyFirstAndNoMoreClicksThanItMay) {
  std::vector<SentConversion> due;
  for (int i = 0; i < 6; ++i) {
    due.push_back(sent());
    due.back().subid = "click" + std::to_string(i);
    if (i >= 3) due.back().payout = Amount::parse("2");
  }
  due.push_back(due[3]);  // Another conversion of a click costs no place.
  due.back().tid = "t";
  const Batch batch = choose_batch(due, 4, kPolicy, kTakenIn + 90s);
  EXPECT_EQ(std::set(batch.places.begin(), batch.places.end()), (std::set<std::size_t>{0, 3, 4, 5, 6}));
  EXPECT_TRUE(choose_batch({}, 4, kPolicy, kTakenIn).places.empty());
}

TEST(ReadBackSchedule, ABatchIsOfLikeAgeAndReachesTwoDaysBeforeTheFirstPostback) {
  std::vector<SentConversion> due{sent(), sent(), sent()};
  due[1].subid = "old";
  due[1].first_taken_in_at = kTakenIn - 24h * 60;
  due[2].subid = "nobody wrote it down";
  due[2].first_taken_in_at.reset();
  const WallTime now = kTakenIn + 90s;
  const Batch batch = choose_batch(due, 200, kPolicy, now);
  EXPECT_EQ(batch.places, std::vector<std::size_t>{0});
  EXPECT_EQ(batch.range.from, kTakenIn - 48h);
  EXPECT_GE(batch.range.to, now);
  EXPECT_EQ(choose_batch(std::span(due).subspan(1, 1), 200, kPolicy, now).range.from,
            kTakenIn - 24h * 60 - 48h);
}

TEST(ReadBackSchedule, TheLastLookReachesBackMoreThanAYear) {
  const std::vector<SentConversion> due{sent(1h, "x")};
  EXPECT_LT(choose_batch(due, 200, kPolicy, kTakenIn + 24h).range.from, kTakenIn - 24h * 365);
}

TEST(ReadBackSchedule, HoldsABatchForTwoMinutesAtMost) {
  EXPECT_EQ(hold_for(kPolicy), 2min);
  EXPECT_EQ(hold_for({.verify_after = 3s, .verify_again = {}, .currency = {}}), 4s);
  EXPECT_EQ(hold_for({.verify_after = 1h, .verify_again = {}, .currency = {}}), 2min);
}

}  // namespace
}  // namespace keitaro_outbox::core
