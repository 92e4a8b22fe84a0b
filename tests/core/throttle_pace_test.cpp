#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <ostream>
#include <string>
#include <utility>

#include "core/flow/adaptive_rate_limit.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

class ThrottlePaceTest : public testing::Test {
 protected:
  /// So many answers a second for so long, evenly; of each `every`, one is a 429.
  void answers(int per_second, Millis span, int every = 0) {
    const auto end = now_ + span;
    for (int i = 1; now_ < end; ++i, now_ += std::chrono::microseconds{1'000'000 / per_second}) {
      if (every > 0 && i % every == 0) {
        pace_.on_throttled(now_);
      } else {
        pace_.on_taken_in(now_);
      }
    }
  }

  SteadyTime now_{1h};
  AdaptiveRateLimit pace_;
};

TEST_F(ThrottlePaceTest, WithoutA429NothingLimits) {
  answers(1000, 3s);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  EXPECT_EQ(pace_.available(now_, 500), 500);
  EXPECT_EQ(pace_.next_at(), std::nullopt);
}

TEST_F(ThrottlePaceTest, AFewAmongManyLimitNothing) {
  answers(100, 30s, 8);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

TEST_F(ThrottlePaceTest, FewAnswersSayNothing) {
  answers(10, 5s, 2);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
  EXPECT_EQ(pace_.available(now_, 500), 500);
}

TEST_F(ThrottlePaceTest, ManyOfThemMakeItAlmostWhatWasTakenIn) {
  answers(100, 3s);
  answers(150, 1s, 3);
  ASSERT_TRUE(pace_.per_second());
  EXPECT_NEAR(*pace_.per_second(), 95, 6);
}

TEST_F(ThrottlePaceTest, AnswersToWhatWasSentBeforeCountOnce) {
  answers(100, 1s);
  answers(100, 300ms, 2);
  const double first = pace_.per_second().value();
  answers(100, 100ms, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  answers(100, AdaptiveRateLimit::kReaction, 1);
  EXPECT_LT(pace_.per_second().value(), first);
}

TEST_F(ThrottlePaceTest, ATrackerThatTakesInNothingIsStillAsked) {
  answers(100, 5s, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), AdaptiveRateLimit::kSlowest);
  while (pace_.available(now_, 1) > 0) pace_.take(1);
  EXPECT_EQ(pace_.next_at(), now_ + 200ms);
}

TEST_F(ThrottlePaceTest, GrowsByATwentiethASecondAndIsLiftedAfterAMinute) {
  answers(100, 2s, 2);
  const double first = pace_.per_second().value();
  now_ += 500ms;
  pace_.available(now_, 1);
  EXPECT_DOUBLE_EQ(pace_.per_second().value(), first);
  now_ += 500ms;
  pace_.available(now_, 1);
  EXPECT_GT(pace_.per_second().value(), first * 1.03);
  EXPECT_LT(pace_.per_second().value(), first * 1.08);
  EXPECT_EQ(pace_.available(now_ + AdaptiveRateLimit::kLiftedAfter, 500), 500);
  EXPECT_EQ(pace_.per_second(), std::nullopt);
}

/// A tracker that can take so much, in simulated time: what it takes in, and what it refuses.
struct Tracker {
  const char* what;
  double allowed;  ///< A second.
  double bucket;   ///< So many at once; 0: it counts from the start of each second.
  Millis latency;
  friend void PrintTo(const Tracker& tracker, std::ostream* out) { *out << tracker.what; }

  double tokens = bucket;
  SteadyTime filled_at{};
  std::int64_t second = 0;
  double counted = 0;

  bool takes_in(SteadyTime now) {
    if (bucket == 0) {
      const auto at = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
      if (std::exchange(second, at) != at) counted = 0;
      return ++counted <= allowed;
    }
    tokens = std::min(tokens + std::chrono::duration<double>(now - filled_at).count() * allowed, bucket);
    filled_at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }
};

class ThrottlePaceAt : public testing::TestWithParam<Tracker> {
 protected:
  struct Counts {
    double taken_in = 0;
    double refused = 0;
    double refused_share() const { return refused / (taken_in + refused); }
  };

  /// As many as the pace allows, and no more than 64 at once.
  Counts run_for(Millis span) {
    Counts counts;
    for (const auto end = now_ + span; now_ < end; now_ += 1ms) {
      for (; !answers_.empty() && answers_.front().due <= now_; answers_.pop_front()) {
        answers_.front().taken_in ? pace_.on_taken_in(now_) : pace_.on_throttled(now_);
      }
      const int sent = pace_.available(now_, 64 - static_cast<int>(answers_.size()));
      pace_.take(sent);
      for (int i = 0; i < sent; ++i) {
        const bool taken_in = tracker_.takes_in(now_);
        ++(taken_in ? counts.taken_in : counts.refused);
        answers_.push_back({now_ + tracker_.latency, taken_in});
      }
    }
    return counts;
  }

  struct Answer {
    SteadyTime due;
    bool taken_in;
  };
  Tracker tracker_ = GetParam();
  SteadyTime now_{1h};
  std::deque<Answer> answers_;
  AdaptiveRateLimit pace_;
};

TEST_P(ThrottlePaceAt, FindsWhatIsAllowedWithinSecondsAndAsksForHardlyMore) {
  const Counts first = run_for(5s);
  const Counts then = run_for(8s);
  EXPECT_GT(then.taken_in / 8, 0.85 * tracker_.allowed);
  EXPECT_LT(then.refused_share(), 0.1);
  EXPECT_LT(first.refused, tracker_.allowed * 1.5 + 64) << "of five seconds";
}

class ThrottlePaceOf : public ThrottlePaceAt {};

TEST_P(ThrottlePaceOf, FollowsATrackerThatAllowsAQuarterFromNowOn) {
  run_for(5s);
  tracker_.allowed /= 4;
  run_for(5s);
  const Counts then = run_for(8s);
  EXPECT_GT(then.taken_in / 8, 0.8 * tracker_.allowed);
  EXPECT_LT(then.refused_share(), 0.1);
}

constexpr auto kName = [](const auto& tested) { return std::string(tested.param.what); };

INSTANTIATE_TEST_SUITE_P(
    AdaptiveRateLimit, ThrottlePaceAt,
    testing::Values(Tracker{"Thousand", 1000, 10, 2ms}, Tracker{"ThousandInTheDistance", 1000, 10, 50ms},
                    Tracker{"ThousandOfASecond", 1000, 0, 2ms},
                    Tracker{"ThousandInAnyBurst", 1000, 1000, 2ms}, Tracker{"Hundred", 100, 5, 20ms},
                    Tracker{"HundredInAnyBurst", 100, 100, 20ms}, Tracker{"HundredOfASecond", 100, 0, 100ms},
                    Tracker{"Fifty", 50, 50, 200ms}, Tracker{"Forty", 40, 1, 5ms}),
    kName);

INSTANTIATE_TEST_SUITE_P(AdaptiveRateLimit, ThrottlePaceOf,
                         testing::Values(Tracker{"Thousand", 1000, 10, 2ms},
                                         Tracker{"ThousandInTheDistance", 1000, 10, 50ms},
                                         Tracker{"ThousandOfASecond", 1000, 0, 2ms},
                                         Tracker{"HundredInAnyBurst", 100, 100, 20ms}),
                         kName);

TEST_F(ThrottlePaceTest, WhatABurstAtTheStartWasRefusedIsDoubledWhileTheAnswersComeAtIt) {
  answers(5000, 5ms, 3);
  const double first = pace_.per_second().value();
  EXPECT_LT(first, 50) << "of a few milliseconds' answers";
  const auto work_at_it = [&](Millis span) {
    for (const auto end = now_ + span; now_ < end;) {
      answers(static_cast<int>(*pace_.per_second()) + 1, 100ms);
      pace_.available(now_, 1);
    }
  };
  work_at_it(3s);
  const double doubled = pace_.per_second().value();
  EXPECT_GT(doubled, first * 6);
  EXPECT_LT(doubled, first * 40);

  now_ += 600ms;
  pace_.available(now_, 1);
  EXPECT_LT(*pace_.per_second(), doubled * 1.1) << "nothing was sent: nobody knows";
}

TEST_F(ThrottlePaceTest, A429IsExplainedWhileThePaceIsBeingFoundAndSomethingWasTakenInOfLate) {
  answers(100, 1s);
  EXPECT_FALSE(pace_.explains_429(now_)) << "there is no pace";
  answers(100, 2s, 2);
  EXPECT_TRUE(pace_.explains_429(now_));
  answers(100, 900ms, 1);
  EXPECT_TRUE(pace_.explains_429(now_));
  answers(100, 200ms, 1);
  EXPECT_FALSE(pace_.explains_429(now_)) << "the tracker takes in nothing";
}

TEST_F(ThrottlePaceTest, WhatIsRefusedNeverRaisesIt) {
  answers(100, 3s);
  answers(100, 1s, 2);
  const double before = pace_.per_second().value();
  answers(1000, 600ms, 2);  // Answers to requests of long ago.
  EXPECT_LT(*pace_.per_second(), before);
}

}  // namespace
}  // namespace keitaro_outbox::core
