#include "core/flow/in_flight_limit.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

class InFlightLimitTest : public testing::Test {
 protected:
  using LatencyOf = std::function<std::chrono::microseconds(int in_flight)>;

  /// Rounds of answers, each with as many in flight as are allowed.
  void answer_rounds(int rounds, const LatencyOf& latency_of) {
    for (int round = 0; round < rounds; ++round) {
      const int in_flight = limit_.value();
      const auto latency = latency_of(in_flight);
      const SteadyTime sent_at = now_;
      now_ += latency;
      for (int i = 0; i < 40 && limit_.value() == in_flight; ++i)
        limit_.on_answer(latency, in_flight, sent_at, now_);
    }
  }

  InFlightLimit limit_{1000};
  SteadyTime now_{1h};
};

TEST_F(InFlightLimitTest, DoublesUpToTheCapWhileAnswersComeAsFast) {
  EXPECT_EQ(limit_.value(), InFlightLimit::kFirst);
  answer_rounds(100, [](int) { return 5ms; });
  EXPECT_EQ(limit_.value(), 1000);
  EXPECT_FALSE(limit_.is_slower_with_more());
}

TEST_F(InFlightLimitTest, StaysWhereMoreWouldOnlyQueueUp) {
  answer_rounds(300, [](int in_flight) { return 5ms + in_flight * 1ms; });
  EXPECT_LT(limit_.value(), 100);
  EXPECT_GE(limit_.value(), InFlightLimit::kFloor);
  EXPECT_TRUE(limit_.is_slower_with_more());
}

TEST_F(InFlightLimitTest, ATrackerThatIsSlowerForAnotherReasonKeepsItsLimit) {
  limit_.change_cap(32);
  answer_rounds(50, [](int) { return 5ms; });
  answer_rounds(50, [](int) { return 50ms; });
  EXPECT_GE(limit_.value(), 25);
}

TEST_F(InFlightLimitTest, ALowerCapHoldsAtOnce) {
  answer_rounds(100, [](int) { return 5ms; });
  limit_.change_cap(3);
  EXPECT_EQ(limit_.value(), 3);
  limit_.change_cap(0);
  EXPECT_EQ(limit_.value(), 1);
}

}  // namespace
}  // namespace keitaro_outbox::core
