#include "core/flow/breaker.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;
using Phase = Breaker::Phase;

constexpr int kCap = 64;
const SteadyTime kStart{1h};

/// Fails for the rows 1, 2, 3 … in turn, `count` times.
void fail(Breaker& breaker, int count, SteadyTime now = kStart, int in_flight = 0,
          std::optional<Millis> retry_after = std::nullopt) {
  for (int i = 0; i < count; ++i) breaker.on_failure(OutboxId{i + 1}, in_flight, now, retry_after, 0);
}

Breaker opened(std::optional<Millis> retry_after = std::nullopt) {
  Breaker breaker;
  fail(breaker, 6, kStart, 0, retry_after);
  EXPECT_EQ(breaker.phase(), Phase::open);
  return breaker;
}

Breaker probing() {
  Breaker breaker = opened();
  EXPECT_EQ(breaker.permits(*breaker.probe_at(), kCap), 1);
  EXPECT_EQ(breaker.phase(), Phase::probing);
  return breaker;
}

Breaker ramping() {
  Breaker breaker = probing();
  breaker.on_success(kCap);
  EXPECT_EQ(breaker.phase(), Phase::ramping);
  return breaker;
}

TEST(Breaker, ClosedAllowsTheCap) {
  Breaker breaker;
  EXPECT_EQ(breaker.permits(kStart, kCap), kCap);
  EXPECT_EQ(breaker.permits(kStart, 0), 0);
  EXPECT_FALSE(breaker.outage());
  EXPECT_EQ(breaker.probe_at(), std::nullopt);
}

TEST(Breaker, OpensAfterEnoughFailuresInARow) {
  const struct {
    int rows, in_flight, opens_at;
  } table[] = {
      {1, 0, 12},                                            // one row alone
      {2, 0, 12},                                            // too few rows
      {3, 0, 6},   {100, 0, 6}, {100, 6, 6}, {100, 20, 20},  // no fewer failures than are in flight
      {1, 20, 20},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(testing::Message() << row.rows << " rows, " << row.in_flight << " in flight");
    Breaker breaker;
    int failures = 0;
    while (!breaker.outage() && failures < 1000) {
      breaker.on_failure(OutboxId{failures % row.rows}, row.in_flight, kStart, std::nullopt, 0);
      ++failures;
    }
    EXPECT_EQ(failures, row.opens_at);
  }
}

TEST(Breaker, OneSuccessBetweenStartsTheCountAnew) {
  Breaker breaker;
  for (int round = 0; round < 10; ++round) {
    fail(breaker, 5);
    breaker.on_success(kCap);
  }
  EXPECT_EQ(breaker.phase(), Phase::closed);
  fail(breaker, 6);
  EXPECT_EQ(breaker.phase(), Phase::open);
}

TEST(Breaker, OpenAllowsNothingUntilThePauseIsOverAndThenOneProbe) {
  Breaker breaker = opened();
  EXPECT_TRUE(breaker.outage());
  EXPECT_EQ(breaker.probe_at(), kStart + 500ms);
  EXPECT_EQ(breaker.permits(kStart + 499ms, kCap), 0);
  EXPECT_EQ(breaker.permits(kStart + 500ms, kCap), 1);
  EXPECT_EQ(breaker.permits(kStart + 1h, kCap), 1);
  EXPECT_EQ(breaker.phase(), Phase::probing);
  EXPECT_EQ(breaker.probe_at(), std::nullopt);
}

TEST(Breaker, ThePauseDoublesUpToTheLongest) {
  Breaker breaker = opened();
  SteadyTime now = kStart;
  for (const Millis pause : {500ms, 1000ms, 2000ms, 4000ms, 4000ms, 4000ms}) {
    EXPECT_EQ(breaker.probe_at(), now + pause);
    now = *breaker.probe_at();
    EXPECT_EQ(breaker.permits(now, kCap), 1);
    fail(breaker, 1, now);
    EXPECT_EQ(breaker.phase(), Phase::open);
  }
}

TEST(Breaker, JitterShortensThePauseByUpToAQuarter) {
  for (const auto& [jitter, pause] : {std::pair{0.0, 500ms}, std::pair{0.4, 450ms}, std::pair{0.8, 400ms}}) {
    Breaker breaker;
    for (int i = 0; i < 6; ++i) breaker.on_failure(OutboxId{i}, 0, kStart, std::nullopt, jitter);
    EXPECT_EQ(breaker.probe_at(), kStart + pause);
  }
}

TEST(Breaker, RetryAfterOnlyLengthensThePauseAndIsCapped) {
  EXPECT_EQ(opened(100ms).probe_at(), kStart + 500ms);
  EXPECT_EQ(opened(30s).probe_at(), kStart + 30s);
  EXPECT_EQ(opened(240h).probe_at(), kStart + 24h);
  EXPECT_EQ(opened(-5s).probe_at(), kStart + 500ms);
}

TEST(Breaker, LateFailuresDoNotLengthenThePause) {
  Breaker breaker = opened();
  fail(breaker, 50, kStart + 400ms, 10, 1h);
  EXPECT_EQ(breaker.probe_at(), kStart + 500ms);
}

TEST(Breaker, ALateSuccessIsASignOfLife) {
  Breaker breaker = opened();
  breaker.on_success(kCap);
  EXPECT_EQ(breaker.phase(), Phase::ramping);
  EXPECT_EQ(breaker.permits(kStart, kCap), 2);
}

TEST(Breaker, ALateSuccessDoesNotOverrideTheTrackersWishToWait) {
  Breaker breaker = opened(30s);
  breaker.on_success(kCap);
  EXPECT_EQ(breaker.permits(kStart + 29s, kCap), 0);
  EXPECT_EQ(breaker.permits(kStart + 30s, kCap), 1);
}

TEST(Breaker, TheRampDoublesWithEachFullRoundOfSuccessesUntilTheCap) {
  Breaker breaker = ramping();
  for (const int allowed : {2, 4, 8, 16, 32}) {
    for (int i = 0; i < allowed; ++i) {
      EXPECT_EQ(breaker.permits(kStart, kCap), allowed);
      EXPECT_TRUE(breaker.outage());
      breaker.on_success(kCap);
    }
  }
  EXPECT_EQ(breaker.phase(), Phase::closed);
  EXPECT_EQ(breaker.permits(kStart, kCap), kCap);
  EXPECT_EQ(breaker.last_failed(), std::nullopt);
}

TEST(Breaker, ASmallCapIsReachedAtOnce) {
  for (const int cap : {-1, 0, 1, 2}) {
    Breaker breaker = probing();
    breaker.on_success(cap);
    EXPECT_EQ(breaker.phase(), Phase::closed) << cap;
  }
}

TEST(Breaker, AFailedProbeOpensItWithTwiceThePause) {
  Breaker breaker = probing();
  fail(breaker, 1);
  EXPECT_EQ(breaker.phase(), Phase::open);
  EXPECT_EQ(breaker.probe_at(), kStart + 1s);
}

TEST(Breaker, TwoFailuresInARowStopTheRamp) {
  Breaker breaker = ramping();
  fail(breaker, 1);
  EXPECT_EQ(breaker.phase(), Phase::ramping);
  fail(breaker, 1);
  EXPECT_EQ(breaker.phase(), Phase::open);
  EXPECT_EQ(breaker.probe_at(), kStart + 1s);
}

TEST(Breaker, FailuresThatSpeakOfTheRowStopTheRampOnlyAsTheyOpenAClosedOne) {
  Breaker breaker = probing();
  breaker.on_success(kCap);
  ASSERT_EQ(breaker.phase(), Phase::ramping);
  for (int i = 1; i <= 5; ++i) breaker.on_failure(OutboxId{i}, 0, kStart, std::nullopt, 0, true);
  EXPECT_EQ(breaker.phase(), Phase::ramping);
  EXPECT_TRUE(breaker.in_doubt());
  breaker.on_failure(OutboxId{6}, 0, kStart, std::nullopt, 0, true);
  EXPECT_EQ(breaker.phase(), Phase::open);
}

TEST(Breaker, IsInDoubtFromTheSecondFailureInARowUntilASuccess) {
  Breaker breaker;
  fail(breaker, 1);
  EXPECT_FALSE(breaker.in_doubt());
  fail(breaker, 1);
  EXPECT_TRUE(breaker.in_doubt());
  breaker.on_success(kCap);
  EXPECT_FALSE(breaker.in_doubt());
}

TEST(Breaker, OneFailureBetweenSuccessesDoesNotStopTheRamp) {
  Breaker breaker = ramping();
  breaker.on_success(kCap);
  fail(breaker, 1);
  EXPECT_EQ(breaker.permits(kStart, kCap), 2);
  breaker.on_success(kCap);
  EXPECT_EQ(breaker.permits(kStart, kCap), 4);
}

TEST(Breaker, ARowThatAlwaysFailsDoesNotKeepATrackerDownThatTakesInTheOthers) {
  Breaker breaker = probing();
  int requests = 0;
  for (; breaker.outage() && requests < 1000; ++requests) {
    if (requests % 5 == 4) {
      fail(breaker, 1);
    } else {
      breaker.on_success(kCap);
    }
  }
  EXPECT_EQ(breaker.phase(), Phase::closed);
}

TEST(Breaker, PausesStartAnewOnlyOnceItWasClosed) {
  Breaker breaker = ramping();
  fail(breaker, 2);
  EXPECT_EQ(breaker.probe_at(), kStart + 1s);
  breaker.permits(kStart + 1s, kCap);
  while (breaker.outage()) breaker.on_success(kCap);
  fail(breaker, 6);
  EXPECT_EQ(breaker.probe_at(), kStart + 500ms);
}

TEST(Breaker, RemembersTheRowThatFailedLast) {
  Breaker breaker = probing();
  EXPECT_EQ(breaker.last_failed(), OutboxId{6});
  breaker.on_failure(OutboxId{42}, 0, kStart, std::nullopt, 0);
  EXPECT_EQ(breaker.last_failed(), OutboxId{42});
}

TEST(Breaker, PhasesHaveNames) {
  EXPECT_EQ(name_of(Phase::closed), "closed");
  EXPECT_EQ(name_of(Phase::open), "open");
  EXPECT_EQ(name_of(Phase::probing), "probing");
  EXPECT_EQ(name_of(Phase::ramping), "ramping");
}

class BreakerUnderAnySequence : public testing::TestWithParam<unsigned> {};

TEST_P(BreakerUnderAnySequence, KeepsItsAllowanceWithinBounds) {
  std::mt19937 random(GetParam());
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const BreakerPolicy policy{.failures = pick(-1, 8),
                             .distinct_rows = pick(-1, 4),
                             .failures_of_any = pick(-1, 12),
                             .first_pause = Millis{pick(-10, 500)},
                             .max_pause = Millis{pick(-10, 5000)}};
  Breaker breaker(policy);
  SteadyTime now = kStart;
  for (int step = 0; step < 5'000; ++step) {
    const int cap = pick(0, 70);
    switch (pick(0, 2)) {
      case 0:
        breaker.on_success(cap);
        break;
      case 1:
        breaker.on_failure(OutboxId{pick(1, 5)}, pick(0, 10), now,
                           pick(0, 9) == 0 ? std::optional{Millis{pick(-5, 2000)}} : std::nullopt,
                           pick(-1, 11) / 10.0);
        break;
      default:
        now += Millis{pick(0, 300)};
    }
    const auto probe_at = breaker.probe_at();
    EXPECT_EQ(probe_at.has_value(), breaker.phase() == Phase::open);
    const int allowed = breaker.permits(now, cap);
    ASSERT_GE(allowed, 0);
    ASSERT_LE(allowed, cap);
    if (probe_at && now < *probe_at) {
      ASSERT_EQ(allowed, 0);
    }
    if (probe_at && now >= *probe_at) {
      ASSERT_EQ(breaker.phase(), Phase::probing);
    }
    if (breaker.phase() == Phase::probing) {
      ASSERT_LE(allowed, 1);
    }
    if (breaker.phase() == Phase::closed) {
      ASSERT_EQ(allowed, cap);
    }
    if (breaker.phase() != Phase::open && cap > 0) {
      ASSERT_GE(allowed, 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BreakerUnderAnySequence, testing::Range(0u, 40u));

}  // namespace
}  // namespace keitaro_outbox::core
