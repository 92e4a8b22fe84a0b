#include "core/throttle_pace.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

class ThrottlePaceTest : public testing::Test {
 protected:
  /// So many answers a second for so long, evenly; of each `every`, one is a 429.
  void answers(int per_second, Millis span, int every = 0) {
    const auto end = now_ + span;
    for (int i = 1; now_ < end; ++i, now_ += std::chrono::microseconds{1'000'000 / per_second}) {
      if (every > 0 && i % every == 0) {
        pace_.on_throttled(now_);
      } else {
        pace_.on_taken_in(now_);
      }
    }
  }

  SteadyTime now_{1h};
  ThrottlePace pace_;
};

TEST_F(ThrottlePaceTest, WithoutA429NothingLimits) {
  answers(1000, 3s);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  EXPECT_EQ(pace_.available(now_, 500), 500);
  EXPECT_EQ(pace_.next_at(), std::nullopt);
}

TEST_F(ThrottlePaceTest, AFewAmongManyLimitNothing) {
  answers(100, 30s, 8);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

TEST_F(ThrottlePaceTest, FewAnswersSayNothing) {
  answers(10, 5s, 2);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  EXPECT_EQ(pace_.available(now_, 500), 500);
}

TEST_F(ThrottlePaceTest, ManyOfThemMakeItAlmostWhatWasTakenIn) {
  answers(100, 3s);
  answers(150, 1s, 3);
  ASSERT_TRUE(pace_.per_second());
  EXPECT_NEAR(*pace_.per_second(), 95, 6);
}

TEST_F(ThrottlePaceTest, AnswersToWhatWasSentBeforeCountOnce) {
  answers(100, 1s);
  answers(100, 300ms, 2);
  const double first = pace_.per_second().value();
  answers(100, 100ms, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  answers(100, ThrottlePace::kReaction, 1);
  EXPECT_LT(pace_.per_second().value(), first);
}

TEST_F(ThrottlePaceTest, ATrackerThatTakesInNothingIsStillAsked) {
  answers(100, 5s, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), ThrottlePace::kSlowest);
  while (pace_.available(now_, 1) > 0) pace_.take(1);
  EXPECT_EQ(pace_.next_at(), now_ + 200ms);
}

TEST_F(ThrottlePaceTest, GrowsByATwentiethASecondAndIsLiftedAfterAMinute) {
  answers(100, 2s, 2);
  const double first = pace_.per_second().value();
  now_ += 500ms;
  pace_.available(now_, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  now_ += 500ms;
  pace_.available(now_, 1);
  EXPECT_GT(pace_.per_second().value(), first * 1.03);
  EXPECT_LT(pace_.per_second().value(), first * 1.08);
  EXPECT_EQ(pace_.available(now_ + ThrottlePace::kLiftedAfter, 500), 500);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

TEST_F(ThrottlePaceTest, WhatABurstAtTheStartWasRefusedIsDoubledUntilASecondTellsMore) {
  answers(5000, 5ms, 3);
  const double first = pace_.per_second().value();
  EXPECT_LT(first, 30) << "of a few milliseconds' answers";
  for (int second = 0; second < 4; ++second) {
    now_ += 1s;
    pace_.available(now_, 1);
  }
  EXPECT_NEAR(*pace_.per_second(), first * 16, first);

  answers(400, 2s, 2);
  const double measured = pace_.per_second().value();
  EXPECT_NEAR(measured, 190, 20);
  now_ += 1s;
  pace_.available(now_, 1);
  EXPECT_LT(*pace_.per_second(), measured * 1.1) << "from here on a twentieth";
}

}  // namespace
}  // namespace keitaro_outbox::core
