#include "core/flow/host_limit.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

TEST(HostLimit, IsNoneAtFirst) {
  HostLimit limit;
  EXPECT_FALSE(limit.limits());
  EXPECT_EQ(limit.of(1000, SteadyTime{}), 1000);
}

TEST(HostLimit, IsWhatWasInFlightAndAtLeastOne) {
  HostLimit limit;
  limit.on_trouble(20, SteadyTime{});
  EXPECT_TRUE(limit.limits());
  EXPECT_EQ(limit.of(64, SteadyTime{}), 20);
  limit.on_trouble(0, SteadyTime{});
  EXPECT_EQ(limit.of(64, SteadyTime{}), 1);
}

TEST(HostLimit, GrowsUntilNothingIsHeldBack) {
  HostLimit limit;
  SteadyTime now{};
  limit.on_trouble(1, now);
  int last = 1;
  for (int second = 1; second <= 10; ++second) {
    const int allowed = limit.of(64, now += 1s);
    EXPECT_TRUE(allowed > last || allowed == 64) << second;
    last = allowed;
  }
  EXPECT_EQ(last, 64);
  EXPECT_FALSE(limit.limits());
}

TEST(HostLimit, IsTriedMoreSeldomEachTimeThatItHolds) {
  HostLimit limit;
  SteadyTime now{};
  int troubles = 0;
  for (int tenth = 0; tenth < 10 * 600; ++tenth, now += 100ms) {
    if (limit.of(64, now) <= 20) continue;
    limit.on_trouble(20, now);
    ++troubles;
  }
  EXPECT_GE(troubles, 10) << "once a minute at least";
  EXPECT_LE(troubles, 17);
}

}  // namespace
}  // namespace keitaro_outbox::core
