#include "core/flow/flow_control.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

class FlowControlTest : public testing::Test {
 protected:
  void answer(FlowAnswer answer, int times = 1) {
    for (int i = 0; i < times; ++i) {
      now_ += 1ms;
      flow_.on_answer(
          {.row = OutboxId{next_row_++}, .answer = answer, .latency = 5ms, .in_flight = 1, .retry_after = {}},
          now_, 0);
    }
  }
  int permits(int ready) { return flow_.permits(now_, {.ready = ready, .untried = true, .in_flight = 0}); }

  FlowControl flow_;
  SteadyTime now_{1h};
  std::int64_t next_row_ = 1;
};

constexpr FlowAnswer kFailures[] = {FlowAnswer::throttled, FlowAnswer::unavailable,
                                    FlowAnswer::trouble,   FlowAnswer::row_refused,
                                    FlowAnswer::lost,      FlowAnswer::not_connected};

TEST_F(FlowControlTest, OfAHealthyTrackerEachFailureIsCharged) {
  answer(FlowAnswer::taken_in, 100);
  for (const FlowAnswer failure : kFailures) EXPECT_TRUE(flow_.charges(failure, 0.99));
  EXPECT_FALSE(flow_.charges(FlowAnswer::taken_in, 0));
}

TEST_F(FlowControlTest, OfATrackerThatFailsForAllNoneIs) {
  answer(FlowAnswer::taken_in, 100);
  answer(FlowAnswer::trouble, 6);
  for (const FlowAnswer failure : kFailures) EXPECT_FALSE(flow_.charges(failure, 0));
}

TEST_F(FlowControlTest, OfATrackerThatTakesInHalfEverySecondOneIsAndThoseOfTheRow) {
  for (int i = 0; i < 500; ++i) {
    answer(FlowAnswer::taken_in);
    answer(FlowAnswer::trouble);
  }
  EXPECT_NEAR(flow_.share(), 0.5, 0.05);
  EXPECT_TRUE(flow_.charges(FlowAnswer::trouble, 0.4));
  EXPECT_FALSE(flow_.charges(FlowAnswer::trouble, 0.6));
  EXPECT_TRUE(flow_.charges(FlowAnswer::row_refused, 0.99));
}

TEST_F(FlowControlTest, AnOutageDoesNotChangeTheShareThatIsKnown) {
  answer(FlowAnswer::taken_in, 500);
  while (flow_.phase() != CircuitBreaker::Phase::open) answer(FlowAnswer::trouble);
  EXPECT_EQ(permits(10), 0);
  EXPECT_GT(flow_.share(), 0.95);
  EXPECT_EQ(flow_.limit().reason, FlowReason::down);
}

TEST_F(FlowControlTest, TheSettingsAreNeverExceeded) {
  flow_.change({.concurrency = 4, .rate = 0, .breaker = {}});
  EXPECT_EQ(permits(100), 4);
  EXPECT_EQ(flow_.permits(now_, {.ready = 100, .untried = true, .in_flight = 3}), 1);
  flow_.change({.concurrency = 4, .rate = 1, .breaker = {}});
  EXPECT_EQ(permits(100), 1);
  flow_.on_sent();
  EXPECT_EQ(permits(100), 0);
  EXPECT_TRUE(flow_.next_at());
}

TEST(FlowReasons, AllHaveWords) {
  for (const FlowReason reason : {FlowReason::down, FlowReason::probing, FlowReason::ramping,
                                  FlowReason::trying, FlowReason::refuses_more, FlowReason::configured_rate,
                                  FlowReason::slower_with_more, FlowReason::cap, FlowReason::finding})
    EXPECT_FALSE(describe(reason).empty());
}

}  // namespace
}  // namespace keitaro_outbox::core
