#include "bench/time_plan.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

/// Rounds that a case makes when each takes `round`; `now` goes on.
int rounds(TimePlan& plan, TimePlan::Clock::time_point& now, std::chrono::seconds usual,
           std::chrono::seconds round) {
  plan.begin_case(now, usual);
  int made = 0;
  do {
    now += round;
    ++made;
  } while (made < 100 && plan.another_round(now));
  return made;
}

TEST(TimePlan, GivesEachCaseThePartOfTheTimeThatItUsuallyTakes) {
  TimePlan::Clock::time_point now{};
  TimePlan plan(now, 120s, 40s);
  EXPECT_EQ(rounds(plan, now, 10s, 10s), 3);
  EXPECT_EQ(rounds(plan, now, 20s, 20s), 3);
  EXPECT_EQ(rounds(plan, now, 10s, 10s), 3);
  EXPECT_EQ(now.time_since_epoch(), 120s);
}

TEST(TimePlan, LeavesTheTimeOfAQuickCaseToTheOthers) {
  TimePlan::Clock::time_point now{};
  TimePlan plan(now, 100s, 20s);
  plan.begin_case(now, 10s);
  now += 10s;  // One round, and as many were asked for.
  EXPECT_EQ(rounds(plan, now, 10s, 10s), 9);
}

TEST(TimePlan, CountsWhatWasPreparedAsTheCasesTimeButNotAsARound) {
  TimePlan::Clock::time_point now{};
  TimePlan plan(now, 100s, 10s);
  plan.begin_case(now, 10s);
  now += 60s;
  plan.begin_round(now);
  now += 10s;
  EXPECT_TRUE(plan.another_round(now)) << "ten of the thirty seconds left";
  now += 25s;
  EXPECT_FALSE(plan.another_round(now));
}

TEST(TimePlan, HasOneRoundOfEachCaseEvenWhereTimeIsUp) {
  TimePlan::Clock::time_point now{};
  TimePlan plan(now, 30s, 30s);
  EXPECT_EQ(rounds(plan, now, 10s, 100s), 1);
  EXPECT_EQ(rounds(plan, now, 10s, 10s), 1);
  EXPECT_EQ(rounds(plan, now, 10s, 10s), 1);
}

}  // namespace
}  // namespace keitaro_outbox::bench
