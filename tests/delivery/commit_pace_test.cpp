#include "delivery/commit_pace.hpp"

#include <gtest/gtest.h>

#include "simulation/sim_clock.hpp"

namespace keitaro_outbox::delivery {
namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

class CommitPaceTest : public testing::Test {
 protected:
  /// A commit of which the disk took so long, after as much work as there was.
  void commit(SteadyTime::duration disk, SteadyTime::duration work = 0us) {
    const SteadyTime begun = clock_.steady();
    clock_.advance(work);
    const SteadyTime written = clock_.steady();
    clock_.advance(disk);
    pace_.committed(begun, written);
  }
  SteadyTime::duration gap() const { return pace_.next_from() - clock_.steady(); }

  simulation::SimClock clock_;
  CommitPace pace_{clock_};
};

TEST_F(CommitPaceTest, TheFirstOutcomeIsCommittedAtOnce) {
  EXPECT_LE(pace_.next_from(), clock_.steady());
  EXPECT_EQ(pace_.group_of(1), 1u);
}

TEST_F(CommitPaceTest, TheLockIsLeftFreeForAsLongAsACommitHeldIt) {
  commit(3ms, 2ms);
  EXPECT_EQ(gap(), 5ms);
  commit(100us);
  EXPECT_EQ(gap(), 1ms) << "but no shorter";
  commit(10s);
  EXPECT_EQ(gap(), 50ms) << "and no longer";
}

TEST_F(CommitPaceTest, BesideOthersItIsHeldForFewRowsAndLeftFreeForLonger) {
  EXPECT_EQ(pace_.group_of(500), 500u);
  pace_.others_committed();
  commit(100us);
  EXPECT_EQ(pace_.group_of(500), 32u);
  EXPECT_EQ(pace_.group_of(5), 5u);
  EXPECT_EQ(gap(), 1500us);
  commit(1ms);
  EXPECT_EQ(gap(), 6ms) << "an application that finds it taken finds it free a moment later";
  clock_.advance(3s);
  EXPECT_EQ(pace_.group_of(500), 500u) << "once they are forgotten";
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
