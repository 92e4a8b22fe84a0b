#include "core/flow/flow_control.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

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

TEST_F(FlowControlTest, OfATrackerThatIsDownNothingIsSaidToBeTakenIn) {
  answer(FlowAnswer::taken_in, 500);
  while (flow_.phase() != CircuitBreaker::Phase::open) answer(FlowAnswer::trouble);
  EXPECT_EQ(flow_.standing().share, 0);
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

TEST(FlowReasons, AllHaveWordsAndANameOfTheirOwn) {
  std::set<std::string_view> names;
  for (const FlowReason reason : kFlowReasons) {
    EXPECT_FALSE(describe(reason).empty());
    names.insert(name_of(reason));
  }
  EXPECT_EQ(names.size(), 9u);
  EXPECT_FALSE(names.contains(""));
}

TEST(FlowStandings, AreToldInOneSentence) {
  const auto words = [](double share, FlowReason reason, std::optional<double> per_second = {}) {
    return describe({.share = share, .limit = {.reason = reason, .in_flight = 40, .per_second = per_second}},
                    31);
  };
  EXPECT_EQ(
      words(0.4821, FlowReason::refuses_more, 95.4),
      "takes in 48 % of requests, 31 in flight, limited by the tracker: it refuses more than 95 a second");
  EXPECT_EQ(
      words(0.4821, FlowReason::slower_with_more),
      "takes in 48 % of requests, 31 in flight, limited by the tracker: it is slower with more than 40");
  EXPECT_EQ(words(0.5, FlowReason::cap),
            "takes in 50 % of requests, 31 in flight, limited by the concurrency in the settings");
  EXPECT_EQ(words(0.5, FlowReason::trying),
            "takes in 50 % of requests, 31 in flight, fewer are sent, to see whether more get through");
}

TEST(FlowStandings, AreNotableWhereNotAllGetsThrough) {
  const auto notable = [](double share, FlowReason reason) {
    return FlowStanding{.share = share, .limit = {.reason = reason, .in_flight = 1, .per_second = {}}}
        .is_notable();
  };
  EXPECT_FALSE(notable(1, FlowReason::cap));
  EXPECT_FALSE(notable(0.99, FlowReason::configured_rate));
  EXPECT_TRUE(notable(0.9, FlowReason::cap));
  EXPECT_TRUE(notable(1, FlowReason::refuses_more));
}

}  // namespace
}  // namespace keitaro_outbox::core
