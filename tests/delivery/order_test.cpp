// Rows of one click go out one after another, in the order of their ids, whatever becomes of each.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

TEST(OrderPerClick, FreshRowsGoOutOneAfterAnother) {
  World world;
  for (const char* status : {"lead", "sale", "rejected"}) world.database.insert({.status = status});
  world.start_worker();
  ASSERT_TRUE(run_until_in_flight(world, 1));
  EXPECT_EQ(world.receiver.story_of("default", "click"), "");
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale rejected");
}

TEST(OrderPerClick, OtherClicksPassABusyOne) {
  World world;
  world.receiver.behave("default", [](const Arrival& arrival) {
    return takes_in(arrival.param("subid") == "slow" ? 5s : 20ms);
  });
  for (int i = 0; i < 300; ++i) world.database.insert({.subid = "slow", .payout = std::to_string(i)});
  const auto other = world.database.insert({.subid = "other"});
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(state_of(world, other), "delivered");
}

TEST(OrderPerClick, LaterRowWaitsWhileTheEarlierOneIsInBackoff) {
  World world;
  int failures = 3;
  world.receiver.behave("default", [&](const Arrival& arrival) {
    return arrival.param("status") == "lead" && failures-- > 0 ? answers(503) : takes_in();
  });
  world.database.insert({.status = "lead"});
  const auto sale = world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(world.receiver.story_of("default", "click"), "");
  EXPECT_TRUE(world.database.standing(sale).waits_for.has_value());
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
}

TEST(OrderPerClick, LaterRowWaitsForAnEarlierScheduledOne) {
  World world;
  const auto lead = world.database.insert({.status = "lead", .due_at = wall_in(world, 30s)});
  const auto sale = world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(29s);
  EXPECT_EQ(state_of(world, lead), "pending");
  EXPECT_EQ(state_of(world, sale), "pending");
  EXPECT_EQ(world.transport.requests_made(), 0);
  world.run_for(2s);
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
}

TEST(OrderPerClick, EarlierRowDoesNotWaitForALaterScheduledOne) {
  World world;
  world.database.insert({.status = "lead"});
  const auto sale = world.database.insert({.status = "sale", .due_at = wall_in(world, 30s)});
  const auto rejected = world.database.insert({.status = "rejected"});
  world.start_worker();
  world.run_for(5s);
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead");
  EXPECT_EQ(state_of(world, sale), "pending");
  EXPECT_EQ(state_of(world, rejected), "pending");
  world.run_for(26s);
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale rejected");
}

TEST(OrderPerClick, DeadRowLetsTheLaterOnesGo) {
  World world;
  world.receiver.behave("default", [](const Arrival& arrival) {
    return arrival.param("status") == "lead" ? answers(400) : takes_in();
  });
  const auto lead = world.database.insert({.status = "lead"});
  world.database.insert({.status = "sale"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(state_of(world, lead), "dead");
  EXPECT_EQ(world.receiver.story_of("default", "click"), "sale");
}

TEST(OrderPerClick, RowsCommittedWhileAnEarlierOneIsInFlightWaitForIt) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  world.database.insert({.status = "lead"});
  world.start_worker();
  ASSERT_TRUE(run_until_in_flight(world, 1));
  for (const char* status : {"sale", "rejected"}) {
    world.database.insert({.status = status});
    world.run_for(10ms);
  }
  EXPECT_EQ(world.cycle().in_flight(), 1);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale rejected");
}

TEST(OrderPerClick, EarlierRowSentAgainByTheOperatorGoesBeforeALaterOneThatOnlyStoodReady) {
  World world;
  bool down = true;
  world.receiver.behave("default", [&](const Arrival&) { return down ? answers(503) : takes_in(); });
  const auto lead = world.database.insert({.subid = "a", .status = "lead"});
  world.database.sql("UPDATE outbox SET state = 'cancelled'");
  for (int i = 0; i < 8; ++i) world.database.insert({.subid = "other" + std::to_string(i)});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return !world.observer.breaker_phases.empty(); }));
  // The breaker keeps what is planned from being sent; the sale is planned in a probe's shade.
  for (int i = 0; i < 60; ++i) world.database.insert({.subid = "some" + std::to_string(i)});
  const auto sale = world.database.insert({.subid = "a", .status = "sale"});
  for (int i = 0; i < 340; ++i) world.database.insert({.subid = "more" + std::to_string(i)});
  world.run_for(10s);
  ASSERT_EQ(world.database.standing(sale).attempts, 0);
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(lead));
  down = false;
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "a"), "lead sale");
}

TEST(OrderPerClick, EarlierScheduledRowSentAgainHoldsUpALaterOneThatOnlyStoodReady) {
  auto slow = tracker_named("default");
  slow.rate = 0.5;
  World world({.trackers = {slow}});
  const auto lead = world.database.insert({.subid = "a", .status = "lead"});
  world.database.sql("UPDATE outbox SET state = 'cancelled'");
  for (int i = 0; i < 5; ++i) world.database.insert({.subid = "other" + std::to_string(i)});
  world.database.insert({.subid = "a", .status = "sale"});
  world.start_worker();
  world.run_for(3s);
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = " + std::to_string(wall_in(world, 60s)) +
                     " WHERE id = " + id_of(lead));
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "a"), "lead sale");
}

TEST(OrderPerClick, EarlierRowSentAgainWhileALaterOneIsInFlightDoesNotBlockItNorIsBlocked) {
  World world;
  int failures = 1;
  world.receiver.behave("default", [&](const Arrival&) {
    Reply reply = failures-- > 0 ? answers(503) : takes_in();
    reply.latency = 9s;
    return reply;
  });
  const auto lead = world.database.insert({.status = "lead"});
  world.database.sql("UPDATE outbox SET state = 'cancelled'");
  world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(1s);
  ASSERT_EQ(world.cycle().in_flight(), 1);
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(lead));
  ASSERT_TRUE(world.run_until_drained(1min));
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
}

TEST(OrderPerClick, RowThatLostItsPlaceToAReplaceIsHealedByTheSweep) {
  World world;
  world.database.insert(
      {.status = "lead", .event_id = "e1", .due_at = wall_in(world, std::chrono::hours{24})});
  const auto sale = world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(1s);
  ASSERT_TRUE(world.database.standing(sale).waits_for.has_value());
  // REPLACE deletes without a trigger: nobody is told that the row waited for is no more.
  world.database.sql(
      "INSERT OR REPLACE INTO outbox (subid, status, event_id) VALUES ('another', 'lead', 'e1')");
  world.run_for(61s);
  EXPECT_EQ(state_of(world, sale), "delivered");
}

TEST(OrderPerClick, SweepOfManyClicksNeverLetsALaterRowPass) {
  World world;
  // As a worker that was killed leaves it, but for more clicks than one step of the sweep sees.
  for (int i = 0; i < 1200; ++i) {
    const std::string subid = "c" + std::to_string(1000 + i);
    world.database.insert({.subid = subid, .status = "lead"});
    world.database.insert({.subid = subid, .status = "sale", .due_at = wall_in(world, 5ms)});
  }
  world.database.sql("UPDATE outbox SET waits_for = 0 WHERE status = 'lead'");
  world.start_worker();
  world.turn();
  world.clock.advance_to(world.clock.steady() + 10ms);  // The sales are due, and the sweep is half-way.
  ASSERT_TRUE(world.run_until_drained());
  for (int i = 0; i < 1200; ++i) {
    ASSERT_EQ(world.receiver.story_of("default", "c" + std::to_string(1000 + i)), "lead sale");
  }
}

TEST(OrderPerClick, WorkerThatTakesOverFreesWhatItsPredecessorParked) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(5s); });
  for (const char* status : {"lead", "sale", "rejected"}) world.database.insert({.status = status});
  world.start_worker();
  world.run_for(1s);
  world.kill_worker();
  world.receiver.behave("default", [](const Arrival&) { return takes_in(); });
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(10s));
  EXPECT_THAT(world.receiver.story_of("default", "click"), testing::EndsWith("lead sale rejected"));
}

}  // namespace
}  // namespace keitaro_outbox::simulation
