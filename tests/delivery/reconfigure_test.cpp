// Trackers that are added, changed and removed while the worker runs.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

delivery::TrackerSpec at_host(const std::string& name, const std::string& host) {
  auto spec = tracker_named(name);
  spec.rules.url = *core::PostbackUrl::parse("http://" + host + ".test/key/postback").url;
  return spec;
}

/// As the engine does it: between two turns, and the next one at once.
void reconfigure(World& world, std::vector<delivery::TrackerSpec> trackers) {
  world.cycle().reconfigure(std::move(trackers));
  world.run_for(0ms);
}

std::vector<std::string> hosts_asked(const World& world) {
  std::vector<std::string> hosts;
  for (const Arrival& arrival : world.receiver.taken_in()) hosts.push_back(arrival.tracker);
  return hosts;
}

TEST(Reconfigure, RowsOfATrackerThatIsAddedGoOut) {
  World world;
  const auto row = world.database.insert({.tracker = "new"});
  world.start_worker();
  world.run_for(1s);
  ASSERT_EQ(state_of(world, row), "pending");
  reconfigure(world, {tracker_named("default"), tracker_named("new")});
  world.run_for(1s);
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_TRUE(world.cycle().unknown_trackers().empty());
}

TEST(Reconfigure, RowsOfATrackerThatIsRemovedWaitAsThoseOfAnUnknownOne) {
  World world({.trackers = {tracker_named("default"), tracker_named("old")}});
  world.receiver.behave("old", [](const Arrival&) { return takes_in(5s); });
  world.start_worker();
  const auto in_flight = world.database.insert({.tracker = "old", .subid = "a", .status = "lead"});
  world.run_for(1s);
  ASSERT_EQ(world.cycle().in_flight(), 1);
  const auto later = world.database.insert({.tracker = "old", .subid = "a", .status = "sale"});
  const auto other =
      world.database.insert({.tracker = "old", .subid = "b", .status = "sale", .due_at = wall_in(world, 3s)});
  reconfigure(world, {tracker_named("default")});
  world.run_for(1h);
  EXPECT_EQ(state_of(world, in_flight), "delivered");
  for (const auto row : {later, other}) {
    EXPECT_EQ(state_of(world, row), "pending");
    EXPECT_THAT(reason_of(world, row), testing::HasSubstr("no tracker named 'old'"));
  }
  EXPECT_THAT(world.observer.unknown_trackers, testing::ElementsAre("old"));
  EXPECT_EQ(world.transport.requests_made(), 1);

  reconfigure(world, {tracker_named("default"), tracker_named("old")});
  world.run_for(1min);
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Reconfigure, WhatIsInFlightEndsUnderTheSettingsItWasSentWith) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(5s); });
  const auto before = world.database.insert({.subid = "before"});
  world.start_worker();
  world.run_for(1s);
  auto changed = tracker_named("default");
  changed.rules.sentinel = "DONE";
  reconfigure(world, {changed});
  const auto after = world.database.insert({.subid = "after"});
  world.run_for(1min);
  EXPECT_EQ(state_of(world, before), "delivered");
  EXPECT_EQ(reason_of(world, before), "") << "the text that was asked for is there";
  EXPECT_THAT(reason_of(world, after), testing::HasSubstr("DONE"));
}

TEST(Reconfigure, PlannedRowsGoToTheNewAddressInOrder) {
  auto narrow = at_host("default", "old");
  narrow.concurrency = 1;
  World world({.trackers = {narrow}});
  world.receiver.behave("old", [](const Arrival&) { return takes_in(2s); });
  for (const char* status : {"lead", "sale"}) world.database.insert({.subid = "a", .status = status});
  for (const char* status : {"lead", "sale"}) world.database.insert({.subid = "b", .status = status});
  world.start_worker();
  world.run_for(1s);
  ASSERT_EQ(world.cycle().in_flight(), 1);
  reconfigure(world, {at_host("default", "new")});
  world.run_for(500ms);
  EXPECT_EQ(world.receiver.story_of("new", "a"), "") << "its lead is still under way";
  EXPECT_EQ(world.receiver.story_of("new", "b"), "lead sale");
  world.run_for(1min);
  EXPECT_THAT(hosts_asked(world), testing::UnorderedElementsAre("old", "new", "new", "new"));
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Reconfigure, ARowInFlightIsNotSentAgainByATrackerThatIsRemovedAndComesBack) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(5s); });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(1s);
  reconfigure(world, {tracker_named("other")});
  world.run_for(1s);
  reconfigure(world, {tracker_named("other"), tracker_named("default")});
  world.run_for(1min);
  EXPECT_EQ(world.transport.requests_made(), 1);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Reconfigure, ANewAddressIsTriedAtOnceAndAnsweredForByItselfAlone) {
  World world({.trackers = {at_host("default", "old")}});
  world.receiver.behave("old", [](const Arrival&) { return answers(503, "3600"); });
  for (int i = 0; i < 20; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(1min);
  ASSERT_EQ(world.database.text("SELECT breaker FROM outbox_trackers"), "open");
  reconfigure(world, {at_host("default", "new")});
  world.database.insert({.subid = "fresh"});
  world.run_for(1s);
  EXPECT_EQ(world.receiver.story_of("new", "fresh"), "lead");
  EXPECT_EQ(world.database.text("SELECT breaker FROM outbox_trackers"), "closed");
}

TEST(Reconfigure, AFailureAtTheOldAddressCountsForNothing) {
  World world({.trackers = {at_host("default", "old")}});
  world.receiver.behave("old", [](const Arrival&) {
    auto reply = answers(422);
    reply.latency = 5s;
    return reply;
  });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(1s);
  reconfigure(world, {at_host("default", "new")});
  world.run_for(4500ms);
  EXPECT_EQ(world.database.standing(row).attempts, 1);
  EXPECT_EQ(world.database.standing(row).strikes, 0);
  world.run_for(1min);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Reconfigure, AProbeTakesThePlaceOfWhatEndsAtTheOldAddress) {
  World world({.trackers = {at_host("default", "old")}});
  world.receiver.behave("old", [](const Arrival&) {
    auto reply = answers(503);
    reply.latency = 9s;
    return reply;
  });
  world.database.insert({.subid = "slow"});
  world.start_worker();
  ASSERT_TRUE(run_until_in_flight(world, 1));
  int asked = 0;
  bool lives = false;
  world.receiver.behave("new", [&](const Arrival&) {
    ++asked;
    return lives ? takes_in() : answers(503);
  });
  reconfigure(world, {at_host("default", "new")});
  for (int i = 0; i < 8; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  ASSERT_TRUE(world.run_until(
      [&] { return world.cycle().standing().front().breaker == core::CircuitBreaker::Phase::open; }, 20s));
  const int before_it_lived = asked;
  lives = true;
  world.run_for(5s);
  EXPECT_GT(asked, before_it_lived) << "a probe waits for it no longer than for one that hangs";
  world.run_for(1min);
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Reconfigure, StandingTellsOfEachTracker) {
  World world({.trackers = {tracker_named("default"), tracker_named("old")}});
  world.receiver.behave("old", [](const Arrival&) { return takes_in(5s); });
  world.database.insert({.tracker = "old"});
  world.database.sql("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', 1)");
  world.start_worker();
  world.run_for(1s);
  const auto lines = [&] {
    std::vector<std::string> out;
    for (const auto& tracker : world.cycle().standing())
      out.push_back(tracker.name + ' ' + std::to_string(tracker.in_flight) +
                    (tracker.paused ? " paused" : ""));
    return out;
  };
  EXPECT_THAT(lines(), testing::ElementsAre("default 0 paused", "old 1"));
  reconfigure(world, {tracker_named("default")});
  EXPECT_THAT(lines(), testing::ElementsAre("default 0 paused", "old 1")) << "it has something in flight";
  world.run_for(1min);
  EXPECT_THAT(lines(), testing::ElementsAre("default 0 paused"));
}

}  // namespace
}  // namespace keitaro_outbox::simulation
