#include "core/flow/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;
using Phase = CircuitBreaker::Phase;

constexpr int kCap = 64;
const SteadyTime kStart{1h};

class CircuitBreakerTest : public testing::Test {
 protected:
  void fail(std::optional<Millis> retry_after = std::nullopt) {
    breaker_.on_failure({.row = OutboxId{next_row_++}, .sent_at = now_, .retry_after = retry_after}, share_,
                        now_, 0, kCap);
  }
  void succeed() { breaker_.on_success(now_, now_, kCap); }
  int max_in_flight(bool untried = false) { return breaker_.max_in_flight(now_, kCap, untried, kCap); }
  /// Failures until it is as `done` says; at most a thousand.
  template <typename Done>
  int fail_until(Done done) {
    int failures = 0;
    while (!done() && failures < 1000) {
      fail();
      ++failures;
    }
    return failures;
  }
  int fail_until_open() {
    return fail_until([&] { return breaker_.phase() == Phase::open; });
  }
  Millis pause() { return std::chrono::duration_cast<Millis>(*breaker_.probe_at() - now_); }
  void go_to_the_next_probe() {
    now_ = *breaker_.probe_at();
    ASSERT_EQ(max_in_flight(), 1);
    ASSERT_EQ(breaker_.phase(), Phase::probing);
  }

  CircuitBreaker breaker_;
  double share_ = 1;
  SteadyTime now_ = kStart;
  std::int64_t next_row_ = 1;
};

struct Streak {
  double share;
  int until_doubt;
  int until_open;
};

class StreakThatIsNoChance : public CircuitBreakerTest, public testing::WithParamInterface<Streak> {};

TEST_P(StreakThatIsNoChance, IsLongerWhereLessIsTakenIn) {
  share_ = GetParam().share;
  EXPECT_EQ(fail_until([&] { return breaker_.in_doubt(); }), GetParam().until_doubt);
  EXPECT_EQ(breaker_.phase(), Phase::closed);
  EXPECT_EQ(max_in_flight(), GetParam().until_open);
  EXPECT_EQ(fail_until_open(), GetParam().until_open);
  EXPECT_EQ(max_in_flight(), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, StreakThatIsNoChance,
                         testing::Values(Streak{1, 16, 18}, Streak{0.9, 16, 18}, Streak{0.5, 23, 11},
                                         Streak{0.3, 45, 8}, Streak{0.1, 152, 8}, Streak{0.01, 160, 8},
                                         Streak{0, 160, 8}),
                         [](const auto& tested) {
                           return std::to_string(static_cast<int>(tested.param.share * 100 + 0.5)) +
                                  "PercentTakenIn";
                         });

TEST_F(CircuitBreakerTest, OneThatIsTakenInEndsStreakAndDoubt) {
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 20; ++j) fail();
    EXPECT_TRUE(breaker_.in_doubt());
    succeed();
    EXPECT_FALSE(breaker_.in_doubt());
    EXPECT_EQ(max_in_flight(), kCap);
  }
}

TEST_F(CircuitBreakerTest, InDoubtItObeysRetryAfterAtOnce) {
  fail_until([&] { return breaker_.in_doubt(); });
  fail(30s);
  EXPECT_EQ(breaker_.phase(), Phase::open);
  EXPECT_EQ(pause(), 30s);
  EXPECT_EQ(max_in_flight(true), 0);
}

TEST_F(CircuitBreakerTest, ThePauseDoublesWithEachFailedProbe) {
  fail_until_open();
  for (const Millis expected : {500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
    EXPECT_EQ(pause(), expected);
    go_to_the_next_probe();
    fail();
  }
}

TEST_F(CircuitBreakerTest, WhereATenthIsTakenInFifteenProbesGoBeforeItDoubles) {
  share_ = 0.1;
  fail_until_open();
  for (int probe = 0; probe < 15; ++probe) {
    EXPECT_EQ(pause(), 500ms);
    go_to_the_next_probe();
    fail();
  }
  EXPECT_EQ(pause(), 1000ms);
}

TEST_F(CircuitBreakerTest, AProbeThatIsTakenInStartsARampUpToTheCap) {
  fail_until_open();
  go_to_the_next_probe();
  succeed();
  for (const int expected : {2, 4, 8, 16, 32}) {
    EXPECT_EQ(breaker_.phase(), Phase::ramping);
    EXPECT_EQ(max_in_flight(), expected);
    for (int i = 0; i < expected; ++i) succeed();
  }
  EXPECT_EQ(breaker_.phase(), Phase::closed);
}

TEST_F(CircuitBreakerTest, ARampEndsOnlyByAStreakThatIsNoChanceAtTheShareOfBefore) {
  share_ = 0.1;
  fail_until_open();
  go_to_the_next_probe();
  succeed();
  for (int i = 0; i < 100; ++i) fail();
  EXPECT_NE(breaker_.phase(), Phase::open);
}

TEST_F(CircuitBreakerTest, ARampOfAHealthyTrackerThatFallsAgainEndsSoon) {
  fail_until_open();
  go_to_the_next_probe();
  succeed();
  EXPECT_EQ(fail_until_open(), CircuitBreaker::kShortestStreak);
}

TEST_F(CircuitBreakerTest, WhatWasSentBeforeAndIsTakenInMakesTheProbeDue) {
  fail_until_open();
  EXPECT_EQ(max_in_flight(), 0);
  breaker_.on_success(kStart, now_, kCap);
  EXPECT_EQ(max_in_flight(), 1);
}

TEST_F(CircuitBreakerTest, AfterFailuresOfOneRowAnUntriedOneIsTheProbe) {
  while (breaker_.phase() != Phase::open) {
    next_row_ = 7;
    fail();
  }
  EXPECT_EQ(max_in_flight(false), 0);
  EXPECT_EQ(max_in_flight(true), 1);
  EXPECT_EQ(breaker_.last_failed(), OutboxId{7});
}

TEST_F(CircuitBreakerTest, SixFailuresOfSeveralRowsAreTheTrackersAndEightOfOne) {
  for (int i = 0; i < 5; ++i) fail();
  EXPECT_FALSE(breaker_.fails_for_all());
  fail();
  EXPECT_TRUE(breaker_.fails_for_all());
  succeed();
  for (int i = 0; i < 7; ++i) {
    next_row_ = 7;
    fail();
  }
  EXPECT_FALSE(breaker_.fails_for_all());
  fail();
  EXPECT_TRUE(breaker_.fails_for_all());
}

TEST(CircuitBreakerWithoutRows, DoesNotSaveUpProbes) {
  CircuitBreaker breaker;
  SteadyTime now{std::chrono::hours{1}};
  for (int i = 0; breaker.phase() != CircuitBreaker::Phase::open; ++i)
    breaker.on_failure({.row = OutboxId{i}, .sent_at = now, .retry_after = {}}, 1, now, 0, 64);
  for (int i = 0; i < 100; ++i) {
    now += std::chrono::seconds{4};
    EXPECT_EQ(breaker.max_in_flight(now, 64, false, 0), 1);
    EXPECT_EQ(breaker.max_in_flight(now, 64, false, 1), 1) << "the first was sent only now";
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
