// The database fails, is busy, or lies about what it did: nothing is lost, and nothing confirmed is sent
// twice.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

using Kind = ports::StoreError::Kind;

TEST(StoreTrouble, OutcomeIsKeptInMemoryUntilItCanBeCommitted) {
  StoreFaults faults;
  World world({.hooks = &faults});
  world.receiver.behave("default", [](const Arrival&) { return takes_in(1s); });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(500ms);
  faults.fail(PortCall::begin_write, Kind::busy, 8);
  world.run_for(3s);
  EXPECT_EQ(world.receiver.times_taken_in(row), 1);
  EXPECT_EQ(state_of(world, row), "pending");
  EXPECT_EQ(world.cycle().unrecorded(), 1u);
  world.run_for(1min);
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_EQ(world.transport.requests_made(), 1);
  EXPECT_EQ(world.observer.store_troubles, 8);
  EXPECT_EQ(world.observer.store_recoveries, 1);
}

TEST(StoreTrouble, NothingIsSentWhileTheStoreIsInTrouble) {
  StoreFaults faults;
  World world({.hooks = &faults});
  world.start_worker();
  world.run_for(1s);
  faults.fail(PortCall::begin_read, Kind::io, 6);
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  const auto begun = world.clock.steady();
  world.run_until([&] { return world.observer.store_troubles == 6; });
  EXPECT_EQ(world.transport.requests_made(), 0);
  EXPECT_GT(world.clock.steady() - begun, 1s);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.transport.requests_made(), 20);
}

TEST(StoreTrouble, WhatWaitsAtTheTransportIsTakenBack) {
  StoreFaults faults;
  World world({.hooks = &faults});
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2ms); });
  for (int i = 0; i < 3'000; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.transport.waiting() > 8; }));
  faults.fail(PortCall::begin_write, Kind::io, 4);
  faults.fail(PortCall::begin_read, Kind::io, 4);
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 1; }));
  EXPECT_EQ(world.transport.waiting(), 0u);
  const int begun = world.transport.requests_made();
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 2; }));
  EXPECT_EQ(world.transport.requests_made(), begun);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.transport.requests_made(), 3'000);
}

TEST(StoreTrouble, TriesAreSpacedOutAndDoNotSpin) {
  StoreFaults faults;
  World world({.hooks = &faults});
  world.database.insert({});
  world.start_worker();
  faults.fail(PortCall::begin_read, Kind::corrupt, 1'000'000);
  world.run_for(10min);
  EXPECT_LT(world.observer.store_troubles, 140);
  EXPECT_GT(world.observer.store_troubles, 100);
}

TEST(StoreTrouble, CommitThatTookEffectButReportedFailureIsNotSentAgain) {
  StoreFaults faults;
  World world({.hooks = &faults});
  const auto row = world.database.insert({.status = "lead"});
  world.database.insert({.status = "sale"});
  world.receiver.behave("default", [&](const Arrival& arrival) {
    if (arrival.param("status") == "lead") faults.fail_when_done(PortCall::record);
    return takes_in();
  });
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 1; }));
  faults.fail_when_done(PortCall::commit);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.store_troubles, 2);
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_EQ(reason_of(world, row), "");
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
}

TEST(StoreTrouble, RetryWhoseCommitTookEffectButReportedFailureCountsOnce) {
  StoreFaults faults;
  World world({.hooks = &faults});
  int failures = 1;
  world.receiver.behave("default", [&](const Arrival&) {
    if (failures-- <= 0) return takes_in();
    faults.fail_when_done(PortCall::record);  // The first try to write it is undone …
    return answers(500);
  });
  const auto row = world.database.insert({});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 1; }));
  faults.fail_when_done(PortCall::commit);  // … and the second is not, though it seems so.
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.store_troubles, 2);
  EXPECT_EQ(world.database.standing(row).attempts, 2);
  EXPECT_EQ(world.database.number("SELECT count(*) FROM delivery_attempts"), 1);
}

TEST(StoreTrouble, RowSentAgainAfterACommitThatReportedFailureIsSentAgain) {
  StoreFaults faults;
  World world({.hooks = &faults});
  world.receiver.behave("default", [&](const Arrival&) {
    faults.fail_when_done(PortCall::record);
    return takes_in();
  });
  const auto row = world.database.insert({});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 1; }));
  faults.fail_when_done(PortCall::commit);
  ASSERT_TRUE(world.run_until([&] { return world.observer.store_troubles == 2; }));
  ASSERT_EQ(state_of(world, row), "delivered");
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0");
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.times_taken_in(row), 2);
}

TEST(StoreTrouble, RowThatStandsReadyIsNotLostWhenTheLookAtItFails) {
  StoreFaults faults;
  auto slow = tracker_named("default");
  slow.rate = 1;
  World world({.trackers = {slow}, .hooks = &faults});
  for (int i = 0; i < 5; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(500ms);
  world.database.insert({.subid = "another"});  // What is planned must be looked at again before it is sent.
  world.run_for(400ms);
  faults.fail(PortCall::load_rows);
  ASSERT_TRUE(world.run_until_drained(1min));
  EXPECT_EQ(world.observer.store_troubles, 1);
  EXPECT_EQ(pending_rows(world), 0);
}

/// Each store call fails in turn, first before it does anything, then in spite of having done it.
class EachStoreCall : public testing::TestWithParam<PortCall> {};

TEST_P(EachStoreCall, MayFailOnceWithoutAnyHarm) {
  for (const bool when_done : {false, true}) {
    for (int at = 0; at < 12; ++at) {
      StoreFaults faults;
      World world({.hooks = &faults});
      int failures = 2;
      world.receiver.behave("default", [&](const Arrival& arrival) {
        return arrival.param("subid") == "b" && failures-- > 0 ? answers(503) : takes_in();
      });
      for (const char* subid : {"a", "b"}) {
        for (const char* status : {"lead", "sale", "sale"}) {
          world.database.insert({.subid = subid, .status = status});
        }
      }
      world.database.insert({.tracker = "elsewhere"});
      world.start_worker();
      world.run_for(at * 7ms);
      when_done ? faults.fail_when_done(GetParam()) : faults.fail(GetParam());
      ASSERT_TRUE(world.run_until_drained(3min));
      EXPECT_EQ(world.receiver.story_of("default", "a"), "lead sale");
      EXPECT_EQ(world.receiver.story_of("default", "b"), "lead sale");
      EXPECT_EQ(world.transport.requests_made(), 6);
      EXPECT_EQ(pending_rows(world), 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(StoreTrouble, EachStoreCall,
                         testing::Values(PortCall::begin_read, PortCall::begin_write, PortCall::commit,
                                         PortCall::sync, PortCall::foreign_commits,
                                         PortCall::trackers_with_pending, PortCall::fresh, PortCall::due,
                                         PortCall::next_due, PortCall::load_rows, PortCall::has_pending,
                                         PortCall::paused_trackers, PortCall::forget_breakers,
                                         PortCall::block, PortCall::sweep_waiting, PortCall::record,
                                         PortCall::explain_waiting),
                         [](const auto& call) { return std::string(name_of(call.param)); });

}  // namespace
}  // namespace keitaro_outbox::simulation
