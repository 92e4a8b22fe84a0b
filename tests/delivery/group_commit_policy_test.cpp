#include "delivery/group_commit_policy.hpp"

#include <gtest/gtest.h>

#include "schedules/sim_clock.hpp"

namespace keitaro_outbox::delivery {
namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

class CommitPaceTest : public testing::Test {
 protected:
  /// A commit of which the disk took so long, after the lock was held for so long.
  void commit(SteadyTime::duration disk, SteadyTime::duration held = 0us, std::size_t outcomes = 100) {
    const SteadyTime locked = clock_.steady();
    clock_.advance(held);
    published_ = clock_.steady();
    clock_.advance(disk);
    pace_.committed(outcomes, locked, published_);
  }
  void others_commit(SteadyTime::duration every, int times) {
    for (int i = 0; i < times; ++i, clock_.advance(every)) pace_.others_committed();
  }
  SteadyTime::duration gap() const { return pace_.next_from(1, true) - clock_.steady(); }
  /// From when others could have the lock to when it may be taken again.
  SteadyTime::duration free() const { return pace_.next_from(1, true) - published_; }

  simulation::SimClock clock_;
  SteadyTime published_{};
  GroupCommitPolicy pace_{clock_};
};

TEST_F(CommitPaceTest, TheFirstOutcomeIsCommittedAtOnce) {
  EXPECT_LE(pace_.next_from(1, true), clock_.steady());
  EXPECT_EQ(pace_.group_of(1), 1u);
}

TEST_F(CommitPaceTest, TheNextCommitWaitsAsLongAsTheLastOneHeldTheLock) {
  commit(3ms, 2ms);
  EXPECT_EQ(gap(), 2ms);
  commit(100us);
  EXPECT_EQ(gap(), 1ms) << "but no shorter";
  commit(300us, 10s);
  EXPECT_EQ(gap(), 50ms) << "and no longer";
}

TEST_F(CommitPaceTest, WhereNobodyWaitsForTheLockOutcomesGatherWhileMoreAreOnTheirWay) {
  GroupCommitPolicy pace{clock_, false};
  EXPECT_LE(pace.next_from(1, true), clock_.steady()) << "the first one does not wait";
  const SteadyTime locked = clock_.steady();
  clock_.advance(30ms);
  pace.committed(100, locked, clock_.steady());
  EXPECT_EQ(pace.next_from(255, true) - clock_.steady(), 60ms) << "for twice as long as the last group took";
  EXPECT_LE(pace.next_from(256, true), clock_.steady()) << "unless there are many";
  EXPECT_LE(pace.next_from(1, false), clock_.steady()) << "or none is on its way";
}

struct Beside {
  const char* what;
  SteadyTime::duration others_every;
  std::size_t group;
  SteadyTime::duration held;
  std::size_t next_group;  ///< Of 500 outcomes.
  SteadyTime::duration free;
};

class CommitPaceBesideOthers : public CommitPaceTest, public testing::WithParamInterface<Beside> {};

TEST_P(CommitPaceBesideOthers, TheLockIsHeldForLessThanTheirSleepAndThenFreeUntilItsEnd) {
  const Beside& tested = GetParam();
  for (int i = 0; i < 20; ++i) {
    others_commit(tested.others_every, 1);
    commit(300us, tested.held, tested.group);
  }
  EXPECT_EQ(pace_.group_of(500), tested.next_group);
  EXPECT_EQ(pace_.group_of(3), 3u);
  EXPECT_EQ(free(), tested.free);
}

INSTANTIATE_TEST_SUITE_P(Of, CommitPaceBesideOthers,
                         testing::Values(Beside{"Seldom", 50ms, 60, 600us, 60, 1400us},
                                         Beside{"SeldomAndSlow", 50ms, 60, 1200us, 30, 2400us},
                                         Beside{"SeldomAndQuick", 50ms, 60, 300us, 120, 1400us},
                                         Beside{"SeldomAndSlowest", 50ms, 60, 12ms, 16, 10ms},
                                         Beside{"SeldomAndFew", 50ms, 5, 600us, 16, 1400us},
                                         Beside{"Often", 4ms, 60, 600us, 60, 5400us},
                                         Beside{"OftenAndQuick", 4ms, 60, 120us, 300, 1400us},
                                         Beside{"OftenAndSlow", 4ms, 60, 1100us, 32, 9900us},
                                         Beside{"OftenAndSlowest", 4ms, 60, 12ms, 16, 10ms}),
                         [](const auto& tested) { return std::string(tested.param.what); });

TEST_F(CommitPaceTest, OthersAreForgottenAfterAWhile) {
  pace_.others_committed();
  EXPECT_TRUE(pace_.beside_others());
  EXPECT_LT(pace_.group_of(500), 256u);
  clock_.advance(3s);
  EXPECT_FALSE(pace_.beside_others());
  EXPECT_EQ(pace_.group_of(500), 256u);
}

TEST_F(CommitPaceTest, OthersWhoCommittedOftenAndPauseAreSoonThoseWhoCommitSeldom) {
  others_commit(4ms, 50);
  commit(300us, 600us);
  EXPECT_EQ(free(), 5400us);
  others_commit(100ms, 8);
  EXPECT_EQ(free(), 1400us);
}

TEST_F(CommitPaceTest, WhereOthersCommitOftenTheTimeIsJustAfterOneOfThem) {
  others_commit(4ms, 50);
  commit(300us, 600us);
  EXPECT_EQ(free(), 5400us);
  clock_.advance(1ms);
  pace_.others_committed();
  EXPECT_EQ(free(), 1400us);
}

TEST_F(CommitPaceTest, WaitingForTheDiskKeepsNobodyFromTheLock) {
  pace_.others_committed();
  commit(5ms, 600us);
  EXPECT_LT(gap(), 0us) << "it has been free for long enough";
}

TEST_F(CommitPaceTest, MoreIsSentMeanwhileWhereEvenTheQuickestCommitIsSlow) {
  const auto overlap_after = [&](SteadyTime::duration quickest) {
    for (int i = 0; i < 16; ++i) commit(i == 7 ? quickest : quickest + 20ms, 50ms);
    return pace_.overlap();
  };
  EXPECT_EQ(pace_.overlap(), 1);
  EXPECT_EQ(overlap_after(300us), 1);
  EXPECT_EQ(overlap_after(1400us), 1);
  EXPECT_EQ(overlap_after(1800us), 4);
  EXPECT_EQ(overlap_after(1s), 5) << "within bounds: it is what a crash repeats";
  EXPECT_EQ(overlap_after(300us), 1);
}

}  // namespace
}  // namespace keitaro_outbox::delivery
