// Requests that wait at the transport for their turn: how many, and what takes them back.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

/// A flood into a tracker that answers in 2 ms, at a moment when more are handed over than are under way.
class Waiting : public testing::Test {
 protected:
  void SetUp() override {
    world_.receiver.behave("default", [&](const Arrival&) {
      Reply reply = failing_ ? answers(503) : takes_in();
      reply.latency = 2ms;
      return reply;
    });
    for (int i = 0; i < 3'000; ++i) world_.database.insert({.subid = "c" + std::to_string(i)});
    world_.start_worker();
    ASSERT_TRUE(world_.run_until([&] { return world_.transport.waiting() > 8; }));
  }
  int begun() const { return world_.transport.requests_made(); }

  World world_;
  bool failing_ = false;
};

TEST_F(Waiting, NoMoreIsUnderWayThanTheTrackerMayHave) {
  int most = 0;
  EXPECT_TRUE(world_.run_until([&] {
    most = std::max(most, world_.transport.in_flight("default"));
    return pending_rows(world_) == 0;
  }));
  EXPECT_GT(most, 32);
  EXPECT_LE(most, 64);
}

TEST_F(Waiting, NothingIsHandedOverWhileTheWorkerMayNotSend) {
  bool may = false;
  world_.cycle().set_may_send([&] { return may; });
  world_.run_for(10s);
  const int before = begun();
  EXPECT_LT(before, 1'000) << "what it had before";
  world_.run_for(10s);
  EXPECT_EQ(begun(), before);
  may = true;
  ASSERT_TRUE(world_.run_until_drained());
  EXPECT_EQ(begun(), 3'000);
}

TEST_F(Waiting, WhatIsHandedOverIsNotCountedAsInFlight) {
  EXPECT_EQ(world_.cycle().in_flight(), world_.transport.in_flight("default"));
}

TEST_F(Waiting, AFailureTakesThemBackAndAllAreDeliveredLater) {
  failing_ = true;
  ASSERT_TRUE(world_.run_until([&] { return world_.transport.waiting() == 0; }));
  world_.run_for(100ms);
  const int before = begun();
  world_.run_for(300ms);
  EXPECT_LE(begun() - before, 4) << "the breaker is open: no more than probes";
  failing_ = false;
  ASSERT_TRUE(world_.run_until_drained());
  EXPECT_EQ(world_.database.number("SELECT count(*) FROM outbox WHERE state = 'delivered'"), 3'000);
}

TEST_F(Waiting, AStopTakesThemBackAndNothingMoreIsBegun) {
  const int before = begun();
  world_.cycle().stop_sending();
  EXPECT_EQ(world_.transport.waiting(), 0u);
  world_.run_for(1s);
  EXPECT_EQ(begun(), before);
  EXPECT_TRUE(world_.cycle().at_rest());
}

TEST_F(Waiting, APauseTakesThemBackUntilItIsOver) {
  world_.database.sql(
      "INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', 1)"
      " ON CONFLICT (tracker) DO UPDATE SET paused_at = 1");
  world_.run_for(0ms);
  EXPECT_EQ(world_.transport.waiting(), 0u);
  const int before = begun();
  world_.run_for(1s);
  EXPECT_EQ(begun(), before);
  world_.database.sql("UPDATE outbox_trackers SET paused_at = NULL");
  ASSERT_TRUE(world_.run_until_drained());
  EXPECT_EQ(begun(), 3'000) << "each was sent once";
}

TEST_F(Waiting, RowsThatAreCancelledMeanwhileAreNotBegun) {
  const int before = begun();
  world_.database.sql("UPDATE outbox SET state = 'cancelled' WHERE state = 'pending'");
  world_.run_for(1s);
  EXPECT_EQ(begun(), before);
}

TEST_F(Waiting, AnOtherConfigurationTakesThemBack) {
  world_.cycle().reconfigure({tracker_named("default")});
  EXPECT_EQ(world_.transport.waiting(), 0u);
  ASSERT_TRUE(world_.run_until_drained());
  EXPECT_EQ(begun(), 3'000) << "each was sent once";
}

TEST(WaitingNone, WhereARateLimits) {
  auto tracker = tracker_named("default");
  tracker.rate = 500;
  World world({.trackers = {tracker}});
  for (int i = 0; i < 500; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  std::size_t most = 0;
  EXPECT_TRUE(world.run_until([&] {
    most = std::max(most, world.transport.waiting());
    return pending_rows(world) == 0;
  }));
  EXPECT_EQ(most, 0u);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
