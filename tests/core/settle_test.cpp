#include "core/rules/settle.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/retry_after.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = wall_time(1'700'000'000'000);
const RetryPolicy kPolicy{.first_delay = 8s, .max_delay = 1h, .max_attempts = 5, .max_refused_attempts = 3};

SettleInput after(int strikes, std::string what = "HTTP 503") {
  return {.strikes = strikes, .now = kNow, .what = std::move(what)};
}

SettleInput during_outage(int strikes) {
  SettleInput in = after(strikes);
  in.outage = true;
  return in;
}

std::vector<Meaning> failures() {
  return {Throttled{}, TrackerTrouble{}, RowRefused{}, NoAnswer{}, NoAnswer{true}, MaybeTakenIn{}};
}

TEST(Settle, WhatWasTakenInIsDelivered) {
  const Settlement outcome = settle(TakenIn{}, kPolicy, after(4, "HTTP 200"));
  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_EQ(std::get<Delivered>(outcome).reason, "");
}

TEST(Settle, ADeliveryWithoutTheSentinelIsMarked) {
  const Settlement outcome = settle(TakenIn{true, "OK"}, kPolicy, after(0, "HTTP 200"));
  ASSERT_TRUE(std::holds_alternative<Delivered>(outcome));
  EXPECT_EQ(std::get<Delivered>(outcome).reason,
            "taken in with HTTP 200, but the answer lacks the text OK that was asked for with return=");
}

TEST(Settle, FailuresAreRetriedWithADoublingDelayUntilTheRowIsDead) {
  const std::string plain[] = {
      "HTTP 503; attempt 1 of 5, next try in 4s", "HTTP 503; attempt 2 of 5, next try in 8s",
      "HTTP 503; attempt 3 of 5, next try in 16s", "HTTP 503; attempt 4 of 5, next try in 32s"};
  for (const Meaning& meaning : {Meaning{Throttled{}}, Meaning{TrackerTrouble{}}, Meaning{NoAnswer{}}}) {
    for (int strikes = 0; strikes < 4; ++strikes) {
      const Settlement outcome = settle(meaning, kPolicy, after(strikes));
      ASSERT_TRUE(std::holds_alternative<RetryAt>(outcome));
      const auto& retry = std::get<RetryAt>(outcome);
      EXPECT_EQ(retry.at, kNow + 4s * (1 << strikes));
      EXPECT_TRUE(retry.strike);
      EXPECT_EQ(retry.reason, plain[strikes]);
    }
    const Settlement last = settle(meaning, kPolicy, after(4));
    ASSERT_TRUE(std::holds_alternative<Dead>(last));
    EXPECT_EQ(std::get<Dead>(last).reason, "HTTP 503; given up after attempt 5 of 5");
  }
}

TEST(Settle, WhatIsNotHeldAgainstTheRowLengthensItsDelayUnlessAllWaitForTheTracker) {
  SettleInput in;
  in.exempt = true;
  in.jitter = 0;
  const auto delay_at = [&](int attempts) {
    in.attempts = attempts;
    return std::get<RetryAt>(settle(TrackerTrouble{}, kPolicy, in)).at - in.now;
  };
  const auto first = delay_at(1);
  EXPECT_EQ(delay_at(2), 2 * first);
  EXPECT_EQ(delay_at(3), 4 * first);
  EXPECT_EQ(delay_at(1000), delay_at(8));
  in.outage = true;
  EXPECT_EQ(delay_at(1000), first);
}

SettleInput after_refusals(int refusals, int strikes) {
  SettleInput in = after(strikes, "HTTP 400");
  in.refusals = refusals;
  return in;
}

TEST(Settle, ARefusedRowIsDeadSooner) {
  const auto second = std::get<RetryAt>(settle(RowRefused{}, kPolicy, after_refusals(1, 1)));
  EXPECT_EQ(second.reason, "the tracker refused it with HTTP 400; attempt 2 of 3, next try in 8s");
  EXPECT_TRUE(second.refusal);
  EXPECT_EQ(std::get<Dead>(settle(RowRefused{}, kPolicy, after_refusals(2, 2))).reason,
            "the tracker refused it with HTTP 400; given up after attempt 3 of 3");
  EXPECT_EQ(std::get<Dead>(settle(RowRefused{}, kPolicy, after_refusals(3, 3))).reason,
            "the tracker refused it with HTTP 400; given up after 4 failed attempts");
}

TEST(Settle, OnlyRefusalsCountForTheLimitOfRefusedRows) {
  EXPECT_EQ(std::get<RetryAt>(settle(RowRefused{}, kPolicy, after_refusals(0, 2))).reason,
            "the tracker refused it with HTTP 400; attempt 1 of 3, next try in 16s");
  EXPECT_EQ(std::get<RetryAt>(settle(TrackerTrouble{}, kPolicy, after_refusals(2, 2))).reason,
            "HTTP 400; attempt 3 of 5, next try in 16s");
  EXPECT_FALSE(std::get<RetryAt>(settle(TrackerTrouble{}, kPolicy, after_refusals(2, 2))).refusal);
  EXPECT_EQ(std::get<Dead>(settle(RowRefused{}, kPolicy, after_refusals(2, 3))).reason,
            "the tracker refused it with HTTP 400; given up after attempt 3 of 3");
  EXPECT_EQ(std::get<Dead>(settle(RowRefused{}, kPolicy, after_refusals(0, 4))).reason,
            "the tracker refused it with HTTP 400; given up after attempt 5 of 5");
}

TEST(Settle, TheLimitForRefusedRowsIsNeverAboveTheOther) {
  const RetryPolicy policy{.max_attempts = 2, .max_refused_attempts = 10};
  EXPECT_TRUE(std::holds_alternative<RetryAt>(settle(RowRefused{}, policy, after(0))));
  EXPECT_TRUE(std::holds_alternative<Dead>(settle(RowRefused{}, policy, after_refusals(1, 1))));
}

TEST(Settle, ALostAnswerSaysThatTheTrackerMayHaveTakenItIn) {
  EXPECT_EQ(std::get<RetryAt>(settle(MaybeTakenIn{}, kPolicy, after(0, "timed out after 10s"))).reason,
            "timed out after 10s, it may have been taken in; attempt 1 of 5, next try in 4s");
}

TEST(Settle, AFailureDuringAnOutageIsNoStrikeAndKillsNoRow) {
  for (const Meaning& meaning : failures()) {
    for (const int strikes : {0, 2, 4, 5, 100}) {
      const Settlement outcome = settle(meaning, kPolicy, during_outage(strikes));
      ASSERT_TRUE(std::holds_alternative<RetryAt>(outcome));
      EXPECT_FALSE(std::get<RetryAt>(outcome).strike);
      EXPECT_EQ(std::get<RetryAt>(outcome).at, kNow + retry_delay(1, kPolicy, 0)) << "the breaker paces them";
      EXPECT_NE(
          std::get<RetryAt>(outcome).reason.find("the tracker fails for all, so the row keeps its attempts"),
          std::string::npos);
    }
  }
}

TEST(Settle, AForbiddenAddressIsNoStrike) {
  const Settlement outcome = settle(NoAnswer{true}, kPolicy, after(4, "127.0.0.1 is private"));
  ASSERT_TRUE(std::holds_alternative<RetryAt>(outcome));
  EXPECT_FALSE(std::get<RetryAt>(outcome).strike);
  EXPECT_EQ(std::get<RetryAt>(outcome).reason,
            "127.0.0.1 is private; the row keeps its attempts, next try in 64s");
}

TEST(Settle, ThrottledAnswerIsRetriedNoSoonerThanRetryAfter) {
  const struct {
    Millis retry_after, delay;
  } rows[] = {{0ms, 4s}, {1s, 4s}, {4s, 4s}, {4001ms, 4001ms}, {1h, 1h}, {kLongestRetryAfter, 24h}};
  for (const auto& row : rows) {
    for (const Meaning& meaning :
         {Meaning{Throttled{row.retry_after}}, Meaning{TrackerTrouble{row.retry_after}},
          Meaning{RowRefused{row.retry_after}}}) {
      EXPECT_EQ(std::get<RetryAt>(settle(meaning, kPolicy, after(0))).at, kNow + row.delay);
      EXPECT_EQ(std::get<RetryAt>(settle(meaning, kPolicy, during_outage(0))).at, kNow + row.delay);
    }
  }
}

TEST(Settle, JitterSpreadsTheDelay) {
  SettleInput in = after(0);
  in.jitter = 0.5;
  EXPECT_EQ(std::get<RetryAt>(settle(TrackerTrouble{}, kPolicy, in)).at, kNow + 6s);
}

TEST(Settle, TheDelayIsToldRoughly) {
  const struct {
    Millis delay;
    std::string told;
  } rows[] = {{1ms, "1ms"}, {999ms, "999ms"}, {1s, "1s"},    {1499ms, "1s"}, {1500ms, "2s"}, {99s, "99s"},
              {2min, "2m"}, {90min, "90m"},   {99min, "2h"}, {2h, "2h"},     {24h, "24h"}};
  for (const auto& row : rows) {
    const RetryPolicy policy{.first_delay = row.delay * 2, .max_delay = row.delay * 2};
    const std::string reason = std::get<RetryAt>(settle(TrackerTrouble{}, policy, after(0))).reason;
    EXPECT_EQ(reason, "HTTP 503; attempt 1 of 20, next try in " + row.told);
  }
}

TEST(Settle, OddNumbersBreakNothing) {
  for (const int strikes : {std::numeric_limits<int>::min(), -1, std::numeric_limits<int>::max()}) {
    for (const int limit : {std::numeric_limits<int>::min(), 0, 1, std::numeric_limits<int>::max()}) {
      for (const Meaning& meaning : failures()) {
        const RetryPolicy policy{.max_attempts = limit, .max_refused_attempts = limit};
        const Settlement outcome = settle(meaning, policy, after(strikes));
        EXPECT_FALSE(std::holds_alternative<Delivered>(outcome));
      }
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
