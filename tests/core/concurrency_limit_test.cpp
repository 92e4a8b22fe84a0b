#include "core/flow/concurrency_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

/// So many rounds of answers that took so long, with all in flight that is allowed.
void rounds(ConcurrencyLimit& limit, int count, std::chrono::microseconds latency) {
  for (int round = 0; round < count; ++round) {
    const int answers = std::max(limit.value(), ConcurrencyLimit::kFewestAnswers);
    for (int i = 0; i < answers; ++i) limit.on_answer(latency, limit.value());
  }
}

TEST(ConcurrencyLimit, StartsLowAndDoublesWhileAnswersComeAsFastAsEver) {
  ConcurrencyLimit limit(64);
  EXPECT_EQ(limit.value(), 8);
  rounds(limit, 1, 50ms);
  EXPECT_EQ(limit.value(), 16);
  rounds(limit, 2, 50ms);
  EXPECT_EQ(limit.value(), 64);
}

TEST(ConcurrencyLimit, NeverExceedsItsCap) {
  for (const int cap : {1, 2, 3, 7, 100}) {
    ConcurrencyLimit limit(cap);
    rounds(limit, 20, 10ms);
    EXPECT_EQ(limit.value(), cap);
    limit.on_overload();
    EXPECT_GE(limit.value(), 1);
    EXPECT_LE(limit.value(), cap);
  }
}

TEST(ConcurrencyLimit, ShrinksInProportionToHowMuchSlowerAnswersCome) {
  ConcurrencyLimit limit(1000);
  rounds(limit, 4, 50ms);
  ASSERT_EQ(limit.value(), 128);
  rounds(limit, 1, 136ms);  // Three quarters of it would be 102 ms: twice what it was, and the slack.
  EXPECT_EQ(limit.value(), 96);
  rounds(limit, 1, 10s);
  EXPECT_EQ(limit.value(), 48) << "by half at most";
}

TEST(ConcurrencyLimit, GrowsSlowlyOnceItHasMetAnEnd) {
  ConcurrencyLimit limit(1000);
  rounds(limit, 4, 50ms);
  rounds(limit, 1, 136ms);
  ASSERT_EQ(limit.value(), 96);
  rounds(limit, 1, 50ms);
  EXPECT_EQ(limit.value(), 105);
}

TEST(ConcurrencyLimit, AnswersOfAFewMillisecondsAreNeverTooSlow) {
  ConcurrencyLimit limit(64);
  rounds(limit, 1, 100us);
  rounds(limit, 5, 2100us);
  EXPECT_EQ(limit.value(), 64);
}

TEST(ConcurrencyLimit, FailuresShrinkItOnceARound) {
  ConcurrencyLimit limit(100);
  rounds(limit, 5, 10ms);
  ASSERT_EQ(limit.value(), 100);
  for (int i = 0; i < 100; ++i) limit.on_overload();
  EXPECT_EQ(limit.value(), 70);
  rounds(limit, 1, 10ms);
  limit.on_overload();
  EXPECT_EQ(limit.value(), 54);
}

TEST(ConcurrencyLimit, DoesNotGrowWhereLessIsInFlightThanItAllows) {
  ConcurrencyLimit limit(64);
  for (int i = 0; i < 1000; ++i) limit.on_answer(10ms, 1);
  EXPECT_EQ(limit.value(), 8);
}

TEST(ConcurrencyLimit, LearnsAnewHowFastAnswersComeWhereTheWayHasBecomeLonger) {
  ConcurrencyLimit limit(64);
  rounds(limit, 4, 10ms);
  ASSERT_EQ(limit.value(), 64);
  rounds(limit, 60, 200ms);
  EXPECT_EQ(limit.value(), 64);
}

}  // namespace
}  // namespace keitaro_outbox::core
