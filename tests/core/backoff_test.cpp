#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/flow/retry_delay.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr double kAlmostOne = 0.999999;

TEST(Backoff, DoublesFromTheFirstDelayUpToTheLongest) {
  const RetryPolicy policy{.first_delay = 1s, .max_delay = 10s};
  const struct {
    int strikes;
    Millis half;
  } rows[] = {{1, 500ms}, {2, 1s}, {3, 2s},    {4, 4s},
              {5, 5s},    {6, 5s}, {1000, 5s}, {std::numeric_limits<int>::max(), 5s}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.strikes);
    EXPECT_EQ(retry_delay(row.strikes, policy, 0), row.half);
    EXPECT_GE(retry_delay(row.strikes, policy, kAlmostOne), 2 * row.half - 1ms);
    EXPECT_LE(retry_delay(row.strikes, policy, kAlmostOne), 2 * row.half);
  }
}

TEST(Backoff, JitterPicksAPointInTheUpperHalf) {
  const RetryPolicy policy{.first_delay = 8s, .max_delay = 1h};
  EXPECT_EQ(retry_delay(1, policy, 0.25), 5s);
  EXPECT_EQ(retry_delay(1, policy, 0.5), 6s);
  EXPECT_EQ(retry_delay(2, policy, 0.5), 12s);
}

TEST(Backoff, IsNeverShorterThanAMillisecondNorLongerThanTheLongest) {
  const Millis delays[] = {Millis::min(), -1ms, 0ms, 1ms, 3ms, 1s, 1h, Millis::max()};
  const double jitters[] = {0, 0.3, kAlmostOne, 1, -1, std::nan(""), std::numeric_limits<double>::infinity()};
  for (const Millis first : delays) {
    for (const Millis longest : delays) {
      for (const double jitter : jitters) {
        for (const int strikes : {std::numeric_limits<int>::min(), -1, 0, 1, 2, 63, 64, 65, 500}) {
          const Millis delay = retry_delay(strikes, {.first_delay = first, .max_delay = longest}, jitter);
          EXPECT_GE(delay, 1ms);
          EXPECT_LE(delay, std::max(longest, 1ms));
        }
      }
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
