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

  /// As many 429s at once as say something among a hundred answers a second.
  void throttle(SteadyTime at) {
    for (int i = 0; i < 5; ++i) pace_.on_throttled(at);
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

TEST_F(ThrottlePaceTest, TheFirst429sSetFourFifthsOfWhatWasTakenIn) {
  take_in(100, 3500ms);
  throttle(now_);
  ASSERT_TRUE(pace_.per_second());
  EXPECT_NEAR(*pace_.per_second(), 80, 2);
}

TEST_F(ThrottlePaceTest, AnswersToWhatWasSentBeforeCountOnce) {
  take_in(100, 2s);
  throttle(now_);
  const double first = pace_.per_second().value();
  for (int i = 0; i < 50; ++i) pace_.on_throttled(now_ + 100ms);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  pace_.on_throttled(now_ + ThrottlePace::kReaction);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first * 0.8);
}

TEST_F(ThrottlePaceTest, A429OfATrackerThatTakesInNothingSaysNothingOfItsPace) {
  pace_.on_throttled(now_);
  EXPECT_EQ(pace_.per_second(), std::nullopt) << "nothing was asked of it before";
  take_in(100, 2s);
  now_ += 2s;
  for (int i = 0; i < 20; ++i, now_ += 250ms) pace_.on_throttled(now_);
  EXPECT_EQ(pace_.per_second(), std::nullopt) << "an outage, which is the breaker's";
}

TEST_F(ThrottlePaceTest, AStray429OrTwoOfATrackerThatIsSeldomAskedChangeNothing) {
  for (int i = 0; i < 100; ++i) {
    take_in(1, 3s);
    pace_.on_throttled(now_);
    pace_.on_throttled(now_ + 10ms);
  }
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

TEST_F(ThrottlePaceTest, TheFirstSecondOfSendingIsNoMeasureOfWhatASecondHolds) {
  take_in(200, 50ms);
  for (int i = 0; i < 10; ++i) pace_.on_throttled(now_);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  take_in(200, 2s);
  throttle(now_);
  EXPECT_NEAR(pace_.per_second().value(), 160, 4);
}

TEST_F(ThrottlePaceTest, AFew429sAmongManyAnswersChangeNothing) {
  for (int i = 0; i < 100; ++i) {
    take_in(200, 900ms);
    pace_.on_throttled(now_);
  }
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

TEST_F(ThrottlePaceTest, AFew429sAmongManyAnswersLeaveAPaceToGrow) {
  take_in(1000, 2s);
  for (int i = 0; i < 40; ++i) pace_.on_throttled(now_);
  const double first = pace_.per_second().value();
  for (int i = 0; i < 30; ++i) {
    take_in(static_cast<int>(first), 1s);
    pace_.on_throttled(now_);
    pace_.available(now_, 1);
  }
  EXPECT_GT(pace_.per_second().value(), 2 * first);
}

TEST_F(ThrottlePaceTest, GrowsByATwentiethASecondAndIsLiftedAfterAMinute) {
  take_in(100, 2s);
  throttle(now_);
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
