#include "core/flow/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

double seconds(SteadyTime::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

TEST(RateLimit, NoRateIsNoLimit) {
  for (const double rate : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    RateLimit limit(rate);
    EXPECT_EQ(limit.available(kStart, 1'000'000), 1'000'000);
    limit.take(1'000'000);
    EXPECT_EQ(limit.available(kStart, 5), 5);
    EXPECT_EQ(limit.next_at(), std::nullopt);
  }
}

TEST(RateLimit, TheFirstRequestGoesAtOnceAndTheNextWhenItIsEarned) {
  RateLimit limit(0.5);
  EXPECT_EQ(limit.available(kStart, 10), 1);
  EXPECT_EQ(limit.next_at(), std::nullopt);
  limit.take(1);
  EXPECT_EQ(limit.available(kStart, 10), 0);
  EXPECT_EQ(limit.next_at(), kStart + 2s);
  EXPECT_EQ(limit.available(kStart + 1999ms, 10), 0);
  EXPECT_EQ(limit.available(kStart + 2s, 10), 1);
}

TEST(RateLimit, IdleTimeEarnsNoMoreThanTheBurst) {
  RateLimit slow(0.5);
  slow.available(kStart, 1);
  EXPECT_EQ(slow.available(kStart + 24h, 10), 1);
  RateLimit fast(20'000);
  fast.available(kStart, 1);
  EXPECT_EQ(fast.available(kStart + 24h, 10'000), 400);
}

TEST(RateLimit, TimeThatStandsStillOrGoesBackEarnsNothing) {
  RateLimit limit(10);
  limit.available(kStart, 1);
  limit.take(1);
  EXPECT_EQ(limit.available(kStart - 1h, 10), 0);
  EXPECT_EQ(limit.available(kStart, 10), 0);
  EXPECT_EQ(limit.available(kStart + 100ms, 10), 1);
}

TEST(RateLimit, OddArgumentsBreakNothing) {
  RateLimit tiny(1e-300);
  EXPECT_EQ(tiny.available(kStart, -5), 0);
  tiny.take(-5);
  EXPECT_EQ(tiny.available(kStart, 5), 1);
  tiny.take(1);
  ASSERT_TRUE(tiny.next_at());
  EXPECT_GT(*tiny.next_at(), kStart + 24h);
  RateLimit huge(1e300);
  huge.available(kStart, 1);
  EXPECT_EQ(huge.available(kStart + 1s, std::numeric_limits<int>::max()), std::numeric_limits<int>::max());
}

class RateLimitInSimulatedTime : public testing::TestWithParam<double> {};

TEST_P(RateLimitInSimulatedTime, NeverAllowsMoreThanTheRateAndABurstInAnyWindow) {
  const double rate = GetParam();
  const double burst = std::max(1.0, rate * 0.02);
  std::mt19937 random(7);
  RateLimit limit(rate);
  std::vector<std::pair<SteadyTime, int>> sent;
  SteadyTime now = kStart;
  std::exponential_distribution<double> pause(rate);
  for (int step = 0; step < 1'500; ++step) {
    now += std::chrono::nanoseconds{static_cast<std::int64_t>(std::min(pause(random), 1e6) * 1e9)};
    const int count = limit.available(now, std::uniform_int_distribution<int>(0, 1'000)(random));
    limit.take(count);
    if (count > 0) sent.emplace_back(now, count);
  }
  for (std::size_t from = 0; from < sent.size(); ++from) {
    double in_window = 0;
    for (std::size_t to = from; to < sent.size(); ++to) {
      in_window += sent[to].second;
      ASSERT_LE(in_window, rate * seconds(sent[to].first - sent[from].first) + burst + 1e-6);
    }
  }
}

TEST_P(RateLimitInSimulatedTime, WakingWhenToldReachesTheFullRate) {
  const double rate = GetParam();
  RateLimit limit(rate);
  SteadyTime now = kStart;
  int sent = 0;
  for (int step = 0; step < 10'000; ++step) {
    const int count = limit.available(now, 1);
    limit.take(count);
    sent += count;
    const auto next = limit.next_at();
    if (!next) continue;
    ASSERT_GT(*next, now);
    now = *next;
  }
  EXPECT_GE(sent, 9'900);
  EXPECT_NEAR(sent, rate * seconds(now - kStart) + 1, 0.001 * sent + 1);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateLimitInSimulatedTime,
                         testing::Values(0.5, 1.0, 3.0, 49.9, 50.0, 1'000.0, 20'000.0));

}  // namespace
}  // namespace keitaro_outbox::core
