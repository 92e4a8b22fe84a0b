// Trackers that an operator pauses, and what `outbox_trackers` tells of the others.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

void pause(World& world, const std::string& tracker) {
  world.database.sql("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('" + tracker +
                     "', 1) ON CONFLICT (tracker) DO UPDATE SET paused_at = 1");
}

void resume(World& world, const std::string& tracker) {
  world.database.sql("UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = '" + tracker + "'");
}

std::string note_of(World& world, const std::string& column, const std::string& tracker = "default") {
  return world.database.text("SELECT " + column + " FROM outbox_trackers WHERE tracker = '" + tracker + "'");
}

TEST(Pause, NothingIsSentWhileItLastsAndAllAtOnceAfterwards) {
  World world;
  pause(world, "default");
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(1h);
  EXPECT_EQ(world.transport.requests_made(), 0);
  resume(world, "default");
  world.run_for(1s);
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Pause, WhatIsInFlightEndsAndRowsThatStoodReadyStay) {
  auto narrow = tracker_named("default");
  narrow.concurrency = 2;
  World world({.trackers = {narrow}});
  world.receiver.behave("default", [](const Arrival&) { return takes_in(5s); });
  for (int i = 0; i < 10; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(1s);
  ASSERT_EQ(world.cycle().in_flight(), 2);
  pause(world, "default");
  world.run_for(1h);
  EXPECT_EQ(world.transport.requests_made(), 2);
  EXPECT_EQ(pending_rows(world), 8);
  resume(world, "default");
  world.run_for(1min);
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Pause, OtherTrackersNoticeNothing) {
  World world({.trackers = {tracker_named("default"), tracker_named("other")}});
  pause(world, "default");
  const auto here = world.database.insert({.tracker = "default", .subid = "a"});
  const auto there = world.database.insert({.tracker = "other", .subid = "a"});
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(state_of(world, here), "pending");
  EXPECT_EQ(state_of(world, there), "delivered");
}

TEST(Pause, OutlivesTheWorker) {
  World world;
  world.start_worker();
  world.run_for(1s);
  pause(world, "default");
  world.run_for(1s);
  world.kill_worker();
  world.database.insert({});
  world.start_worker();
  world.run_for(1min);
  EXPECT_EQ(world.transport.requests_made(), 0);
}

TEST(Pause, HoldsUpNoDrain) {
  World world({.trackers = {tracker_named("default"), tracker_named("other")}});
  pause(world, "default");
  world.database.insert({.tracker = "default", .subid = "a"});
  world.database.insert({.tracker = "other", .subid = "a"});
  EXPECT_TRUE(world.run_until_drained(1min));
  EXPECT_EQ(pending_rows(world), 1);
}

TEST(Pause, OrderOfAClickIsKeptAcrossIt) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  world.start_worker();
  world.database.insert({.status = "lead"});
  world.run_for(1s);
  pause(world, "default");
  world.database.insert({.status = "sale"});
  world.database.insert({.status = "rejected"});
  world.run_for(1h);
  ASSERT_EQ(pending_rows(world), 2);
  resume(world, "default");
  world.run_for(1min);
  EXPECT_EQ(world.database.text("SELECT status FROM conversions"), "rejected");
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Pause, OpenBreakerIsNotProbedMeanwhile) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(10s);
  ASSERT_EQ(note_of(world, "breaker"), "open");
  pause(world, "default");
  world.run_for(1s);
  const int made = world.transport.requests_made();
  world.run_for(1h);
  EXPECT_EQ(world.transport.requests_made(), made);
}

TEST(BreakerStateWriter, TellOfAnOutageFromItsBeginningToItsEnd) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 300; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_until([&] { return note_of(world, "breaker") == "open"; }, 10s);
  EXPECT_EQ(note_of(world, "reason"), "HTTP 503");
  const std::string since = note_of(world, "breaker_at");
  const auto next_try = world.database.number("SELECT next_try_at FROM outbox_trackers");
  EXPECT_GE(next_try, core::unix_millis(world.clock.wall()));
  EXPECT_LE(next_try, wall_in(world, 4s));
  world.run_for(1min);
  EXPECT_EQ(note_of(world, "breaker_at"), since) << "probes that fail do not make it younger";

  world.receiver.behave("default", [](const Arrival&) { return takes_in(10ms); });
  world.run_for(10min);
  EXPECT_EQ(note_of(world, "breaker"), "closed");
  EXPECT_EQ(note_of(world, "reason"), "");
  EXPECT_EQ(note_of(world, "next_try_at"), "");
  EXPECT_NE(note_of(world, "breaker_at"), since);
}

TEST(BreakerStateWriter, AreWrittenSoonThoughNoOutcomeComes) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_until([&] { return note_of(world, "breaker") == "open"; }, 10s);
  world.receiver.behave("default", [](const Arrival&) { return takes_in(20s); });
  EXPECT_TRUE(world.run_until([&] { return note_of(world, "breaker") == "probing"; }, 10s))
      << "a probe that is under way for long is to be seen";
}

TEST(BreakerStateWriter, OfAnEarlierWorkerAreForgottenWhereTheTrackerIsGoneOrWasNotDown) {
  World world;
  world.database.sql(
      "INSERT INTO outbox_trackers VALUES ('default', NULL, 'ramping', 1, NULL, NULL), ('gone', 7, "
      "'probing', 1, "
      "NULL, 'HTTP 500')");
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(world.database.number(
                "SELECT count(*) FROM outbox_trackers WHERE breaker = 'closed' AND reason IS NULL"),
            2);
  EXPECT_EQ(note_of(world, "paused_at", "gone"), "7");
}

TEST(BreakerStateWriter, ATrackerThatWasDownWhenTheLastWorkerEndedIsProbedFirstAndChargesNoRow) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return note_of(world, "breaker") == "open"; }, 10s));
  const std::string since = note_of(world, "breaker_at");
  const auto charged = world.database.number("SELECT sum(strikes) FROM outbox");

  for (int start = 0; start < 10; ++start) {
    world.kill_worker();
    for (int i = 0; i < 20; ++i)
      world.database.insert({.subid = std::to_string(start) + "-" + std::to_string(i)});
    const int before = world.transport.requests_made();
    world.start_worker();
    world.run_for(1s);
    EXPECT_GE(world.transport.requests_made() - before, 1);
    EXPECT_LE(world.transport.requests_made() - before, 3) << "one at a time, at growing pauses";
    EXPECT_EQ(note_of(world, "breaker_at"), since) << "it is the same outage";
  }
  EXPECT_EQ(world.database.number("SELECT sum(strikes) FROM outbox"), charged);

  world.kill_worker();
  world.receiver.behave("default", [](const Arrival&) { return takes_in(); });
  world.start_worker();
  EXPECT_TRUE(world.run_until_drained(1min));
  EXPECT_NE(note_of(world, "breaker"), "open");
}

TEST(BreakerStateWriter, SurviveTroubleWithTheDatabase) {
  StoreFaults faults;
  faults.fail(PortCall::record_breaker, ports::StoreError::Kind::busy, 3);
  World world({.hooks = &faults});
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  EXPECT_TRUE(world.run_until([&] { return note_of(world, "breaker") == "open"; }, 1min));
}

}  // namespace
}  // namespace keitaro_outbox::simulation
