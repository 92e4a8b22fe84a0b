#include "core/throttle_pace.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

class ThrottlePaceTest : public testing::Test {
 protected:
  /// Takes in so many a second for so long, evenly.
  void take_in(int per_second, Millis span) {
    const auto end = now_ + span;
    for (; now_ < end; now_ += std::chrono::microseconds{1'000'000 / per_second}) pace_.on_taken_in(now_);
  }

  SteadyTime now_{1h};
  ThrottlePace pace_;
};

TEST_F(ThrottlePaceTest, WithoutA429NothingLimits) {
  take_in(1000, 3s);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  EXPECT_EQ(pace_.available(now_, 500), 500);
  EXPECT_EQ(pace_.next_at(), std::nullopt);
}

TEST_F(ThrottlePaceTest, TheFirst429SetsFourFifthsOfWhatWasTakenIn) {
  take_in(100, 3500ms);
  pace_.on_throttled(now_);
  ASSERT_TRUE(pace_.per_second());
  EXPECT_NEAR(*pace_.per_second(), 80, 2);
}

TEST_F(ThrottlePaceTest, AnswersToWhatWasSentBeforeCountOnce) {
  take_in(100, 2s);
  pace_.on_throttled(now_);
  const double first = pace_.per_second().value();
  for (int i = 0; i < 50; ++i) pace_.on_throttled(now_ + 100ms);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  pace_.on_throttled(now_ + ThrottlePace::kReaction);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first * 0.8);
}

TEST_F(ThrottlePaceTest, ATrackerThatTookInNothingIsStillAsked) {
  pace_.on_throttled(now_);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), ThrottlePace::kSlowest);
  pace_.available(now_, 1);
  pace_.take(1);
  EXPECT_EQ(pace_.available(now_, 1), 0);
  EXPECT_EQ(pace_.next_at(), now_ + 5s);
}

TEST_F(ThrottlePaceTest, GrowsByATwentiethASecondAndIsLiftedAfterAMinute) {
  take_in(100, 2s);
  pace_.on_throttled(now_);
  const double first = pace_.per_second().value();
  pace_.available(now_ + 500ms, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  pace_.available(now_ + 1s, 1);
  EXPECT_NEAR(pace_.per_second().value(), first * 1.05, 0.01);
  EXPECT_EQ(pace_.available(now_ + ThrottlePace::kLiftedAfter, 500), 500);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::core
