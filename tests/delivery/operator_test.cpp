// What an operator does by SQL while the worker runs, and what the worker makes of rows that need no request.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

TEST(Operator, CancelOfAnEarlierRowFreesTheLaterOne) {
  World world;
  const auto lead = world.database.insert({.status = "lead", .due_at = wall_in(world, 1h)});
  const auto sale = world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(1s);
  ASSERT_EQ(state_of(world, sale), "pending");
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id = " + id_of(lead));
  world.run_for(1s);
  EXPECT_EQ(state_of(world, sale), "delivered");
  EXPECT_EQ(state_of(world, lead), "cancelled");
}

TEST(Operator, DeletionOfAnEarlierRowFreesTheLaterOne) {
  World world;
  const auto lead = world.database.insert({.status = "lead", .due_at = wall_in(world, 1h)});
  const auto sale = world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(1s);
  world.database.sql("DELETE FROM outbox WHERE id = " + id_of(lead));
  world.run_for(1s);
  EXPECT_EQ(state_of(world, sale), "delivered");
}

delivery::TrackerSpec one_a_second() {
  auto spec = tracker_named("default");
  spec.rate = 1;
  return spec;
}

/// Starts the worker, which sends the first row and has the others stand ready.
void start_and_send_one(World& world) {
  world.start_worker();
  world.run_for(500ms);
  ASSERT_EQ(world.transport.requests_made(), 1);
}

TEST(Operator, CancelledRowIsNotSentEvenIfItStoodReady) {
  World world({.trackers = {one_a_second()}});
  std::vector<core::OutboxId> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(world.database.insert({.subid = "c" + std::to_string(i)}));
  ASSERT_NO_FATAL_FAILURE(start_and_send_one(world));
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id >= " + id_of(rows[2]));
  world.run_for(10s);
  EXPECT_EQ(world.transport.requests_made(), 2);
  EXPECT_EQ(world.cycle().rows_in_memory(), 0u);
}

TEST(Operator, RowPutOffWhileItStoodReadyIsSentInItsTime) {
  World world({.trackers = {one_a_second()}});
  world.database.insert({.subid = "first"});
  const auto row = world.database.insert({.subid = "second"});
  ASSERT_NO_FATAL_FAILURE(start_and_send_one(world));
  world.database.sql("UPDATE outbox SET due_at = " + std::to_string(wall_in(world, 1h)) +
                     " WHERE id = " + id_of(row));
  world.run_for(30min);
  EXPECT_EQ(world.transport.requests_made(), 1);
  world.run_for(31min);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Operator, RowPutBackWhileItStoodReadyHasAllItsTriesAgain) {
  auto slow = one_a_second();
  slow.retry.max_attempts = 3;
  World world({.trackers = {slow}});
  world.receiver.behave("default", [](const Arrival& arrival) {
    return arrival.param("subid") == "bad" ? answers(503) : takes_in();
  });
  world.database.insert({.subid = "first"});
  const auto row = world.database.insert({.subid = "bad"});
  for (int i = 0; i < 5; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.database.sql("UPDATE outbox SET strikes = 2 WHERE id = " + id_of(row));
  ASSERT_NO_FATAL_FAILURE(start_and_send_one(world));
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id = " + id_of(row) +
                     "; UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(row));
  ASSERT_TRUE(world.run_until([&] { return world.database.standing(row).attempts > 0; }));
  EXPECT_EQ(state_of(world, row), "pending");
  EXPECT_EQ(world.database.standing(row).strikes, 1);
}

TEST(Operator, RowCancelledAndPutBackWhileItStoodReadyIsSent) {
  World world({.trackers = {one_a_second()}});
  world.database.insert({.subid = "first"});
  const auto row = world.database.insert({.subid = "second"});
  ASSERT_NO_FATAL_FAILURE(start_and_send_one(world));
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id = " + id_of(row));
  world.turn();
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(row));
  world.run_for(5s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Operator, RowPutBackBeforeItsWithdrawalIsWrittenIsSentAtOnce) {
  auto narrow = tracker_named("default");
  narrow.concurrency = 2;
  World world({.trackers = {narrow}});
  world.receiver.behave("default", [](const Arrival& arrival) {
    return takes_in(arrival.param("subid") == "long" ? 20s : 2s);
  });
  world.database.insert({.subid = "first"});
  world.database.insert({.subid = "long"});
  const auto row = world.database.insert({.subid = "c"});
  world.database.insert({.subid = "next"});
  world.start_worker();
  world.run_for(1990ms);
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id = " + id_of(row));
  world.run_for(10ms);
  ASSERT_EQ(world.cycle().unrecorded(), 1u) << "the row is withdrawn, in memory so far";
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(row));
  world.run_for(40s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Operator, RowSentAgainIsSentAndStartsWithACleanSheet) {
  World world;
  bool refuses = true;
  world.receiver.behave("default", [&](const Arrival&) { return refuses ? answers(422) : takes_in(); });
  const auto row = world.database.insert({});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  ASSERT_EQ(state_of(world, row), "dead");
  refuses = false;
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(row));
  world.run_for(1s);
  const Standing standing = world.database.standing(row);
  EXPECT_EQ(standing.state, "delivered");
  EXPECT_EQ(standing.strikes, 0);
  EXPECT_EQ(standing.attempts, 4);
}

TEST(Operator, DeliveredRowSentAgainIsNoDuplicateOfItself) {
  World world;
  const auto row = world.database.insert({.status = "sale"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0");
  world.run_for(1s);
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_EQ(world.receiver.times_taken_in(row), 2);
}

TEST(Operator, RowCancelledInFlightIsOvertakenAndWhatTheTrackerTookInIsKnown) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  const auto lead = world.database.insert({.status = "lead"});
  world.database.insert({.status = "sale"});
  world.start_worker();
  world.run_for(500ms);
  world.database.sql("UPDATE outbox SET state = 'cancelled' WHERE id = " + id_of(lead));
  world.run_for(1s);
  EXPECT_EQ(world.transport.requests_made(), 1) << "the click is still busy";
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(state_of(world, lead), "cancelled");
  EXPECT_THAT(reason_of(world, lead), testing::HasSubstr("took it in"));
  EXPECT_EQ(world.observer.overtaken, 1);
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
  EXPECT_EQ(world.database.text("SELECT status FROM conversions"), "sale");
}

TEST(Operator, RowDeletedInFlightLeavesItsMarkInConversions) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  const auto lead = world.database.insert({.status = "lead"});
  world.start_worker();
  world.run_for(500ms);
  world.database.sql("DELETE FROM outbox WHERE id = " + id_of(lead));
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.database.text("SELECT status FROM conversions WHERE subid = 'click'"), "lead");
}

TEST(RowsThatNeedNoRequest, DuplicatesAndRefusedRowsEndWithoutTheNetwork) {
  World world;
  world.database.insert({.status = "sale", .payout = "1.50"});
  const auto same = world.database.insert({.status = "approve", .payout = "1.5"});
  const auto back = world.database.insert({.status = "lead"});
  const auto unknown = world.database.insert({.status = "nonsense"});
  const auto rebill = world.database.insert({.status = "rebill"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.transport.requests_made(), 1);
  EXPECT_EQ(state_of(world, same), "duplicate");
  EXPECT_EQ(state_of(world, back), "refused");
  EXPECT_THAT(reason_of(world, back), testing::AllOf(testing::HasSubstr("sale"), testing::HasSubstr("lead")));
  EXPECT_EQ(state_of(world, unknown), "refused");
  EXPECT_THAT(reason_of(world, unknown), testing::HasSubstr("nonsense"));
  EXPECT_EQ(state_of(world, rebill), "refused");
}

TEST(RowsThatNeedNoRequest, ThousandDuplicatesNeedNoTimeOfTheTracker) {
  World world;
  for (int i = 0; i < 1000; ++i) world.database.insert({.subid = "c" + std::to_string(i % 100)});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(10s));
  EXPECT_EQ(world.transport.requests_made(), 100);
  EXPECT_EQ(world.observer.duplicate, 900);
}

TEST(UnknownTracker, ItsRowsSayWhatIsMissingAndAreNotWaitedFor) {
  World world;
  const auto row = world.database.insert({.tracker = "elsewhere"});
  world.database.insert({});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(10s));
  world.run_for(1s);
  EXPECT_EQ(state_of(world, row), "pending");
  EXPECT_THAT(reason_of(world, row), testing::HasSubstr("elsewhere"));
  EXPECT_THAT(world.cycle().unknown_trackers(), testing::ElementsAre("elsewhere"));
  EXPECT_THAT(world.observer.unknown_trackers, testing::ElementsAre("elsewhere"));
}

TEST(UnknownTracker, RowsThatComeLaterAreToldTheirReasonToo) {
  World world;
  world.database.insert({.tracker = "elsewhere"});
  world.start_worker();
  world.run_for(1s);
  const auto later = world.database.insert({.tracker = "elsewhere"});
  world.run_for(1s);
  EXPECT_THAT(reason_of(world, later), testing::HasSubstr("elsewhere"));
}

TEST(UnknownTracker, ItsRowsGoOutOnceItIsConfigured) {
  World world;
  const auto row = world.database.insert({.tracker = "elsewhere"});
  world.start_worker();
  world.run_for(1s);
  world.kill_worker();
  world.configure({tracker_named("default"), tracker_named("elsewhere")});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(10s));
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_EQ(reason_of(world, row), "");
}

TEST(Operator, ARowThatTakesTheIdOfOneInFlightIsSentForItself) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  world.database.insert({.status = "lead"});
  world.start_worker();
  world.run_for(500ms);
  world.database.sql(
      "INSERT OR REPLACE INTO outbox (id, subid, status, created_at) VALUES (1, 'click', 'sale', 5)");
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale");
  EXPECT_EQ(world.database.text("SELECT status FROM conversions"), "sale");
}

TEST(Operator, ARowThatTakesTheIdAndTheFactsOfOneInFlightIsADuplicate) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  const auto row = world.database.insert({.status = "rebill", .tid = "t"});
  world.start_worker();
  world.run_for(500ms);
  world.database.sql(
      "INSERT OR REPLACE INTO outbox (id, subid, status, tid, created_at) VALUES (1, 'click', 'rebill', 't', "
      "5)");
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(state_of(world, row), "duplicate");
  EXPECT_EQ(world.transport.requests_made(), 1);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
