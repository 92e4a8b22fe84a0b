#include "intake/group_committer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "intake/fake_store.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// What each item was told, in the order in which they were told.
class Results {
 public:
  GroupCommitter::Done collect(const std::string& name) {
    return [this, name](const KeepResult& result) {
      const std::lock_guard lock(mutex_);
      constexpr const char* kNames[] = {"stored", "known", "rejected", "spooled", "not kept", "lost"};
      told_.push_back(name + " " + kNames[result.index()]);
      changed_.notify_all();
    };
  }
  std::vector<std::string> await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 30s, [&] { return told_.size() >= count; });
    return told_;
  }
  std::vector<std::string> now() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> told_;
};

class GroupCommitterTest : public testing::Test {
 protected:
  FakeStore store_;
  Results results_;
  TempFolder dir_;
};

TEST_F(GroupCommitterTest, WhatCameWhileAGroupWasCommittedIsTheNext) {
  store_.hold();
  GroupCommitter committer(store_, nullptr, {});
  committer.submit(item("a"), results_.collect("a"));
  store_.await_commits(1);
  for (const char* name : {"b", "c", "d"}) committer.submit(item(name), results_.collect(name));
  EXPECT_THAT(results_.now(), IsEmpty()) << "nobody is told before the commit";
  store_.release();
  EXPECT_THAT(results_.await(4), ElementsAre("a stored", "b stored", "c stored", "d stored"));
  EXPECT_THAT(store_.groups_, ElementsAre(1U, 3U));
}

TEST_F(GroupCommitterTest, AGroupHasABound) {
  store_.hold();
  GroupCommitter committer(store_, nullptr, {.largest_group = 2});
  committer.submit(item("0"), results_.collect("0"));
  store_.await_commits(1);
  for (const char* name : {"1", "2", "3"}) committer.submit(item(name), results_.collect(name));
  store_.release();
  EXPECT_THAT(results_.await(4), SizeIs(4));
  EXPECT_THAT(store_.groups_, ElementsAre(1U, 2U, 1U));
}

TEST_F(GroupCommitterTest, TooManyThatWaitAreTurnedAway) {
  store_.hold();
  GroupCommitter committer(store_, nullptr, {.most_waiting = 2});
  committer.submit(item("a"), results_.collect("a"));
  store_.await_commits(1);
  EXPECT_TRUE(committer.submit(item("b"), results_.collect("b")));
  EXPECT_TRUE(committer.submit(item("c"), results_.collect("c")));
  EXPECT_FALSE(committer.submit(item("d"), results_.collect("d")));
  store_.release();
  EXPECT_THAT(results_.await(3), ElementsAre("a stored", "b stored", "c stored"));
}

TEST_F(GroupCommitterTest, EachIsToldItsOwnOutcome) {
  store_.hold();
  GroupCommitter committer(store_, nullptr, {});
  committer.submit(item("a", "e"), results_.collect("a"));
  store_.await_commits(1);
  committer.submit(item("a", "e"), results_.collect("again"));
  committer.submit(item(""), results_.collect("empty"));
  committer.submit(item("b"), results_.collect("b"));
  store_.release();
  EXPECT_THAT(results_.await(4), ElementsAre("a stored", "again known", "empty rejected", "b stored"));
}

TEST_F(GroupCommitterTest, TroubleOfTheDatabaseIsToldAndPasses) {
  store_.fail(1);
  GroupCommitter committer(store_, nullptr, {});
  committer.submit(item("a"), results_.collect("a"));
  EXPECT_THAT(results_.await(1), ElementsAre("a not kept"));
  committer.submit(item("b"), results_.collect("b"));
  EXPECT_THAT(results_.await(2), ElementsAre("a not kept", "b stored"));
  EXPECT_THAT(store_.rows_, ElementsAre("b"));
}

TEST_F(GroupCommitterTest, TheTimeThatAnItemWaitedCountsForTheLock) {
  store_.hold();
  GroupCommitter committer(store_, nullptr, {.longest_wait = 50ms});
  committer.submit(item("a"), results_.collect("a"));
  store_.await_commits(1);
  committer.submit(item("b"), results_.collect("b"));
  std::this_thread::sleep_for(60ms);
  store_.release();
  results_.await(2);
  EXPECT_EQ(store_.waits_.back(), 0ms);
}

TEST_F(GroupCommitterTest, WithASpoolTroubleIsNoLossAndTheOrderStays) {
  Spool spool(dir_.file("spool"), {});
  store_.fail(-1);
  GroupCommitter committer(store_, &spool, {});
  committer.submit(item("a"), results_.collect("a"));
  EXPECT_THAT(results_.await(1), ElementsAre("a spooled"));
  committer.submit(item("b"), results_.collect("b"));
  EXPECT_THAT(results_.await(2), ElementsAre("a spooled", "b spooled"));
  store_.fail(0);
  committer.submit(item("c"), results_.collect("c"));
  EXPECT_THAT(results_.await(3), ElementsAre("a spooled", "b spooled", "c stored"));
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c"));
}

TEST_F(GroupCommitterTest, WhatTheStoreKeepsInNoWayHarmsNoOtherAndIsNotSpooled) {
  store_.hold();
  Spool spool(dir_.file("spool"), {});
  GroupCommitter committer(store_, &spool, {});
  committer.submit(item("a"), results_.collect("a"));
  store_.await_commits(1);
  committer.submit(item(kUnkeepable), results_.collect("x"));
  committer.submit(item("b"), results_.collect("b"));
  store_.release();
  EXPECT_THAT(results_.await(3), ElementsAre("a stored", "x lost", "b stored"));
  EXPECT_EQ(spool.size(), 0);
}

TEST_F(GroupCommitterTest, ADamagedSpoolIsToldOf) {
  {
    Spool spool(dir_.file("spool"), {});
    spool.append({item("a"), item("b")});
  }
  std::ofstream(dir_.file("spool"), std::ios::app) << "noise\n";
  std::atomic<std::size_t> told{0};
  Spool spool(dir_.file("spool"), {});
  GroupCommitter committer(store_, &spool, {.on_set_aside = [&](std::size_t lines) { told += lines; }});
  committer.submit(item("c"), results_.collect("c"));
  EXPECT_THAT(results_.await(1), ElementsAre("c stored"));
  EXPECT_EQ(told, 1U);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c"));
}

TEST_F(GroupCommitterTest, ASpoolIsDrainedThoughNobodyCalls) {
  {
    Spool spool(dir_.file("spool"), {});
    spool.append({item("left over")});
  }
  Spool spool(dir_.file("spool"), {});
  GroupCommitter committer(store_, &spool, {});
  store_.await_commits(1);
}

TEST_F(GroupCommitterTest, AnEndCommitsWhatWaits) {
  store_.hold();
  {
    GroupCommitter committer(store_, nullptr, {});
    committer.submit(item("a"), results_.collect("a"));
    store_.await_commits(1);
    committer.submit(item("b"), results_.collect("b"));
    store_.release();
  }
  EXPECT_THAT(results_.now(), ElementsAre("a stored", "b stored"));
}

TEST_F(GroupCommitterTest, ManyThreadsLoseNothing) {
  std::atomic<int> stored{0};
  {
    GroupCommitter committer(store_, nullptr, {});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 200; ++i) {
          committer.submit(item(std::to_string(thread * 1000 + i)), [&](const KeepResult& result) {
            stored += std::holds_alternative<ports::RowStored>(result);
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(stored, 1600);
  EXPECT_THAT(store_.rows_, SizeIs(1600));
}

}  // namespace
}  // namespace keitaro_outbox::intake
