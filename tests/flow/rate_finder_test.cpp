#include "core/flow/rate_finder.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;
using State = RateFinder::State;

class RateFinderTest : public testing::Test {
 protected:
  /// `count` answers, `apart` from each other; `taken_in` of the number of an answer.
  void answer(int count, Millis apart, const std::function<bool(int)>& taken_in) {
    for (int i = 0; i < count; ++i) {
      now_ += apart;
      finder_.available(now_, 1000);  // There is always more to send.
      finder_.on_answer(taken_in(i), says_429_ && !taken_in(i), of_many_rows_, now_ - 1ms, now_);
    }
  }
  /// A hundred a second, and half of them fails.
  void refuse_half() {
    answer(40, 10ms, [](int i) { return i % 2 == 0; });
  }

  RateFinder finder_;
  SteadyTime now_{1h};
  bool says_429_ = false;
  bool of_many_rows_ = true;
};

TEST_F(RateFinderTest, AFewFailuresAreNoLimit) {
  answer(1000, 10ms, [](int i) { return i % 20 != 0; });
  EXPECT_EQ(finder_.state(), State::free);
  EXPECT_EQ(finder_.per_second(), std::nullopt);
}

TEST_F(RateFinderTest, FailuresOfAFewRowsAreNoLimit) {
  of_many_rows_ = false;
  answer(1000, 10ms, [](int i) { return i % 2 == 0; });
  EXPECT_EQ(finder_.state(), State::free);
}

TEST_F(RateFinderTest, WhereManyFailItTriesALittleLessThanWhatGetsThrough) {
  refuse_half();
  EXPECT_EQ(finder_.state(), State::trying);
  EXPECT_NEAR(*finder_.per_second(), 0.85 * 50, 1);
}

TEST_F(RateFinderTest, TheSameShareAtFewerIsNotOursToCure) {
  refuse_half();
  answer(120, 25ms, [](int i) { return i % 2 == 0; });
  EXPECT_EQ(finder_.state(), State::free);
  EXPECT_EQ(finder_.per_second(), std::nullopt);
  answer(300, 10ms, [](int i) { return i % 2 == 0; });
  EXPECT_EQ(finder_.state(), State::free) << "it is not tried again at once";
  const SteadyTime then = now_;
  for (bool takes_in = true; finder_.state() != State::trying && now_ < then + 60s; takes_in = !takes_in)
    answer(1, 10ms, [&](int) { return takes_in; });
  EXPECT_EQ(finder_.state(), State::trying) << "but it is after some seconds";
}

TEST_F(RateFinderTest, FewerFailuresAtFewerAreALimitThatIsLookedForBetween) {
  refuse_half();
  const double tried = *finder_.per_second();
  answer(40, 25ms, [](int) { return true; });
  EXPECT_EQ(finder_.state(), State::limited);
  EXPECT_GT(*finder_.per_second(), tried);
  EXPECT_LT(*finder_.per_second(), 101);
}

TEST_F(RateFinderTest, ALimitThatNothingAsksForIsLiftedAfterAMinute) {
  refuse_half();
  answer(40, 25ms, [](int) { return true; });
  ASSERT_EQ(finder_.state(), State::limited);
  finder_.available(now_ + RateFinder::kLiftedAfter + 1s, 0);
  EXPECT_EQ(finder_.state(), State::free);
}

TEST_F(RateFinderTest, InDoubtItTriesTheSlowestRate) {
  finder_.doubt(now_);
  EXPECT_EQ(finder_.state(), State::trying);
  EXPECT_EQ(finder_.per_second(), RateFinder::kSlowestTry);
  finder_.end_doubt(now_ - 1ms, now_);
  EXPECT_EQ(finder_.state(), State::free) << "what had been sent before was taken in: it was chance";
}

TEST_F(RateFinderTest, AnOutageEndsATry) {
  refuse_half();
  finder_.on_outage(false, now_);
  EXPECT_EQ(finder_.state(), State::free);
  EXPECT_EQ(finder_.per_second(), std::nullopt);
}

TEST_F(RateFinderTest, OneThatFallsWhileRampingGetsWhatItTookInSince) {
  finder_.on_outage(false, now_);
  answer(20, 100ms, [](int) { return true; });
  finder_.on_outage(true, now_);
  EXPECT_EQ(finder_.state(), State::limited);
  EXPECT_NEAR(*finder_.per_second(), 0.95 * 10, 0.5);
}

}  // namespace
}  // namespace keitaro_outbox::core
