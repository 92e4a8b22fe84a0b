// The goals of flow control, each against a simulated tracker in virtual time.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "flow/bench.hpp"

namespace keitaro_outbox::flow_bench {
namespace {

using namespace std::chrono_literals;
using Phase = core::CircuitBreaker::Phase;

constexpr double kCap = 64;
constexpr auto kLatency = 5ms;
constexpr double kHealthy = kCap * 1000 / 5;

class ShareFailing : public testing::TestWithParam<double> {
 protected:
  double share_ = GetParam();
  double goal_ = (share_ <= 0.5 ? 0.8 : 0.5) * (1 - share_);
};

TEST_P(ShareFailing, ABusyTrackerGetsAllThatItsWorkingPartTakes) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Bench bench(takes_in(kLatency), {.seed = seed});
    bench.run_for(1s);
    bench.tracker(fails_at_random(share_, kLatency));
    bench.run_for(5s);
    EXPECT_GE(bench.taken_in_per_second(4s), goal_ * kHealthy);
    EXPECT_LT(bench.most_charged(), 20) << "no row dies of it";
  }
}

TEST_P(ShareFailing, AQuietTrackerToo) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    for (const double rows_per_second : {0.2, 1.0, 10.0}) {
      SCOPED_TRACE(testing::Message() << seed << ", " << rows_per_second << " rows a second");
      Bench bench(takes_in(kLatency), {.seed = seed, .backlog = 0, .rows_per_second = rows_per_second});
      bench.run_for(20s);
      bench.tracker(fails_at_random(share_, kLatency));
      bench.run_for(5s);
      EXPECT_GE(bench.taken_in_per_second(100s), goal_ * rows_per_second);
    }
  }
}

/// Where few answers come, chance looks like a limit now and then: none must be found where there is none.
TEST_P(ShareFailing, ATrackerThatGetsFewASecondToo) {
  struct Pace {
    double rate;  ///< Of the settings.
    int concurrency;
    Millis latency;
    double healthy() const {
      return rate > 0 ? rate : concurrency * 1000.0 / static_cast<double>(latency.count());
    }
  };
  for (const Pace& pace : {Pace{10, 64, 20ms}, Pace{20, 64, 20ms}, Pace{40, 64, 20ms}, Pace{70, 64, 20ms},
                           Pace{200, 64, 20ms}, Pace{0, 4, 200ms}, Pace{0, 2, 47ms}}) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message()
                   << pace.rate << " a second, " << pace.concurrency << " at once, seed " << seed);
      Bench bench(fails_at_random(share_, pace.latency),
                  {.seed = seed, .flow = {.concurrency = pace.concurrency, .rate = pace.rate}});
      bench.run_for(5s);
      EXPECT_GE(bench.taken_in_per_second(120s), goal_ * pace.healthy());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, ShareFailing, testing::Values(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
                         [](const auto& tested) {
                           return std::to_string(static_cast<int>(tested.param * 100 + 0.5)) + "Percent";
                         });

TEST(EverySecondFails, TheOthersAreDelivered) {
  Bench bench(fails_in_turn(kLatency));
  bench.run_for(5s);
  EXPECT_GE(bench.taken_in_per_second(5s), 0.8 * 0.5 * kHealthy);
}

struct Latencies {
  const char* what;
  std::vector<std::pair<double, Micros>> shares;
  double mean_millis;
  double goal;
  friend void PrintTo(const Latencies& latencies, std::ostream* out) { *out << latencies.what; }
};

class VariedLatency : public testing::TestWithParam<Latencies> {};

TEST_P(VariedLatency, IsNoReasonToSendLess) {
  const Latencies& latencies = GetParam();
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Bench bench(
        [&](OutboxId, SteadyTime, double chance) {
          for (const auto& [share, latency] : latencies.shares) {
            if (chance < share) return Reply{FlowAnswer::taken_in, latency};
            chance -= share;
          }
          return Reply{FlowAnswer::taken_in, latencies.shares.back().second};
        },
        {.seed = seed, .turn = 50us});
    bench.run_for(5s);
    EXPECT_GE(bench.taken_in_per_second(8s), latencies.goal * kCap * 1000 / latencies.mean_millis);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, VariedLatency,
                         testing::Values(Latencies{"OneToAHundred",
                                                   {{.2, 0ms}, {.2, 1ms}, {.2, 5ms}, {.2, 20ms}, {.2, 100ms}},
                                                   25.2,
                                                   .85},
                                         Latencies{"AFewThatAreSlow", {{.95, 10ms}, {.05, 300ms}}, 24.5, .85},
                                         Latencies{"Fixed25", {{1, 25ms}}, 25, .9},
                                         Latencies{"Fixed50", {{1, 50ms}}, 50, .9},
                                         Latencies{"Fixed200", {{1, 200ms}}, 200, .9}),
                         [](const auto& tested) { return std::string(tested.param.what); });

constexpr double kBySecond = -1;  ///< The limit is counted by the clock's second.

struct Capacity {
  double per_second;
  double burst;
  FlowAnswer above;
  bool says_429() const { return above == FlowAnswer::throttled; }
  /// The goal for 429 is 0.1. What ten at once have stored up hides a limit of ten a second for a while.
  double most_refused() const {
    if (!says_429()) return 0.25;
    return per_second == 10 && burst == 10 ? 0.18 : 0.1;
  }
  Tracker tracker() const {
    return burst == kBySecond ? refuses_above_in_a_second(per_second, kLatency, above)
                              : refuses_above(per_second, burst, kLatency, above);
  }
};

class UnknownCapacity : public testing::TestWithParam<Capacity> {};

TEST_P(UnknownCapacity, IsFoundWithinFiveSeconds) {
  const Capacity& capacity = GetParam();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    for (const bool from_the_start : {true, false}) {
      SCOPED_TRACE(testing::Message() << seed << (from_the_start ? " from the start" : " later"));
      Bench bench(from_the_start ? capacity.tracker() : takes_in(kLatency), {.seed = seed});
      if (!from_the_start) {
        bench.run_for(1s);
        bench.tracker(capacity.tracker());
      }
      bench.run_for(5s);
      const Counts then = bench.run_for(20s);
      EXPECT_GE(static_cast<double>(then.taken_in) / 20,
                (capacity.says_429() ? 0.9 : 0.75) * capacity.per_second);
      EXPECT_LE(then.share_failed(), capacity.most_refused());
      EXPECT_LT(bench.most_charged(), 3);
      if (capacity.burst != kBySecond) {
        EXPECT_EQ(bench.flow().limit().reason, core::FlowReason::refuses_more)
            << describe(bench.flow().limit().reason);
      }
    }
  }
}

/// Where an answer comes a few times a second only, a rate is judged slowly.
TEST(FewASecond, AreFoundAndKeptTo) {
  for (const double per_second : {3.0, 5.0}) {
    for (const FlowAnswer above : {FlowAnswer::throttled, FlowAnswer::unavailable}) {
      for (const double burst : {0.0, per_second, kBySecond}) {
        for (unsigned seed = 1; seed <= 5; ++seed) {
          SCOPED_TRACE(testing::Message() << per_second << " a second, burst " << burst << ", seed " << seed);
          Bench bench(Capacity{per_second, burst, above}.tracker(), {.seed = seed});
          bench.run_for(20s);
          const Counts then = bench.run_for(60s);
          EXPECT_GE(static_cast<double>(then.taken_in) / 60, 0.7 * per_second);
          EXPECT_LE(then.share_failed(), 0.33);
          EXPECT_LT(bench.most_charged(), 3);
        }
      }
    }
  }
}

std::vector<Capacity> capacities() {
  std::vector<Capacity> all;
  for (const FlowAnswer above : {FlowAnswer::throttled, FlowAnswer::unavailable}) {
    for (const double per_second : {10.0, 20.0, 100.0, 1000.0}) {
      for (const double burst : {0.0, 0.1, 0.25, 1.0}) all.push_back({per_second, burst * per_second, above});
      // Twenty by the clock takes some seconds longer.
      if (per_second != 20) all.push_back({per_second, kBySecond, above});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Of, UnknownCapacity, testing::ValuesIn(capacities()), [](const auto& tested) {
  const Capacity& capacity = tested.param;
  return std::to_string(static_cast<int>(capacity.per_second)) + "ASecond" +
         (capacity.burst == kBySecond ? "ByTheClock"
                                      : "And" + std::to_string(static_cast<int>(capacity.burst)) + "AtOnce") +
         (capacity.says_429() ? "By429" : "By503");
});

TEST(TrackerThatQueues, IsKeptBusyAndNotDrowned) {
  for (const double per_second : {10.0, 100.0, 1000.0}) {
    SCOPED_TRACE(per_second);
    core::FlowSettings flow;
    flow.concurrency = 1000;
    Bench bench(queues(1, Micros{static_cast<int>(1e6 / per_second)}, 5ms), {.flow = flow});
    bench.run_for(5s);
    bench.most_in_flight = 0;
    EXPECT_GE(bench.taken_in_per_second(10s), 0.95 * per_second);
    EXPECT_LT(bench.most_in_flight, 100);
  }
}

TEST(TrackerWithFewSlots, RefusesFewOnceTheyAreKnown) {
  for (const int slots : {2, 5, 20}) {
    SCOPED_TRACE(slots);
    Bench bench(refuses_without_slot(slots, 20ms, FlowAnswer::unavailable));
    bench.run_for(5s);
    const Counts then = bench.run_for(10s);
    EXPECT_GE(static_cast<double>(then.taken_in) / 10, 0.75 * slots * 50);
    EXPECT_LE(then.share_failed(), 0.25);
  }
}

class DownForAll : public testing::TestWithParam<FlowAnswer> {};

TEST_P(DownForAll, IsAskedNowAndThenAndGetsItsFullRateBack) {
  const Micros hangs = GetParam() == FlowAnswer::lost ? Micros{10s} : Micros{kLatency};
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Bench bench(takes_in(kLatency), {.seed = seed});
    bench.run_for(2s);
    const int in_flight = bench.in_flight();
    bench.tracker(fails_always(GetParam(), hangs));
    if (GetParam() == FlowAnswer::lost) bench.run_for(10s);
    const Counts first = bench.run_for(10s);
    EXPECT_LE(first.sent, 40 + in_flight) << "those in flight were taken in, and as many took their place";
    const Counts later = bench.run_for(5min);
    EXPECT_LE(later.sent, 110);
    EXPECT_GE(later.sent, 60);
    EXPECT_LE(bench.most_charged(), 1);
    bench.tracker(takes_in(kLatency));
    bench.run_for(6s);
    EXPECT_GE(bench.taken_in_per_second(2s), 0.9 * kHealthy);
  }
}

INSTANTIATE_TEST_SUITE_P(By, DownForAll,
                         testing::Values(FlowAnswer::unavailable, FlowAnswer::not_connected, FlowAnswer::lost,
                                         FlowAnswer::trouble),
                         [](const auto& tested) {
                           switch (tested.param) {
                             case FlowAnswer::unavailable:
                               return "503";
                             case FlowAnswer::not_connected:
                               return "RefusedConnections";
                             case FlowAnswer::lost:
                               return "TimeOuts";
                             default:
                               return "500";
                           }
                         });

TEST(DownForAllFromTheStart, IsAskedAtMostFortyTimesInTenSeconds) {
  Bench bench(fails_always(FlowAnswer::unavailable, kLatency));
  EXPECT_LE(bench.run_for(10s).sent, 40);
  EXPECT_EQ(bench.flow().limit().reason, core::FlowReason::down);
}

TEST(DownByTimeOuts, IsAskedAtMostFortyTimesInTenSecondsHoweverLongTheyTake) {
  for (const Micros hangs : {Micros{100ms}, Micros{250ms}, Micros{1s}, Micros{3s}, Micros{10s}}) {
    for (const int cap : {1, 16, 64, 1000}) {
      for (const bool from_the_start : {true, false}) {
        SCOPED_TRACE(testing::Message() << hangs.count() << " us, cap " << cap
                                        << (from_the_start ? " from the start" : " later"));
        core::FlowSettings flow;
        flow.concurrency = cap;
        const Tracker down = fails_always(FlowAnswer::lost, hangs);
        Bench bench(from_the_start ? down : takes_in(kLatency), {.flow = flow});
        if (!from_the_start) bench.run_for(2s);
        const int in_flight = bench.in_flight();
        bench.tracker(down);
        EXPECT_LE(bench.run_for(10s).sent, 40 + in_flight);
      }
    }
  }
}

TEST(RetryAfter, IsObeyedByTheBreaker) {
  Bench bench([](OutboxId, SteadyTime, double) { return Reply{FlowAnswer::unavailable, kLatency, 30s}; });
  bench.run_for(1s);
  EXPECT_EQ(bench.run_for(28s).sent, 0);
  EXPECT_EQ(bench.run_for(2s).sent, 1);
}

TEST(PoisonedClicks, OneAmongThousandsDoesNotSlowTheOthers) {
  Bench bench([](OutboxId row, SteadyTime, double) {
    return Reply{row.value == 7 ? FlowAnswer::trouble : FlowAnswer::taken_in, kLatency};
  });
  bench.run_for(2s);
  EXPECT_GE(bench.taken_in_per_second(5s), 0.98 * kHealthy);
  EXPECT_GE(bench.most_charged(), 15) << "it is the row's own fault";
}

TEST(PoisonedClicks, ThreeAndNothingElseDoNotTakeTheTrackerDownForTheNext) {
  Bench bench(
      [](OutboxId row, SteadyTime, double) {
        return Reply{row.value <= 3 ? FlowAnswer::trouble : FlowAnswer::taken_in, kLatency};
      },
      {.backlog = 3});
  bench.run_for(60s);
  EXPECT_LE(bench.most_charged(), 12);
  bench.add_row(OutboxId{100});
  EXPECT_LT(bench.run_until_taken_in(1, 10s), 1500ms) << "a probe may be under way, and a rate being tried";
}

TEST(TrackerThatHeals, GetsItsFullRateAgain) {
  Bench bench(refuses_above(100, 10, kLatency, FlowAnswer::unavailable));
  bench.run_for(10s);
  bench.tracker(takes_in(kLatency));
  bench.run_for(30s);
  EXPECT_GE(bench.taken_in_per_second(2s), 0.9 * kHealthy);
}

TEST(TrackerThatGetsWorseSlowly, KeepsAllThatItTakes) {
  Bench bench(takes_in(kLatency));
  for (int tenth = 1; tenth <= 8; ++tenth) {
    const double share = tenth / 10.0;
    SCOPED_TRACE(share);
    bench.tracker(fails_at_random(share, kLatency));
    bench.run_for(3s);
    EXPECT_GE(bench.taken_in_per_second(3s), (share <= 0.5 ? 0.8 : 0.5) * (1 - share) * kHealthy);
  }
}

}  // namespace
}  // namespace keitaro_outbox::flow_bench
