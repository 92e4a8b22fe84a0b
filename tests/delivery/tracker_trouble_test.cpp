// Trackers that fail: for one row or for all, for a while or for long, slowly or with a word of when to come
// back.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

void insert_clicks(World& world, int count, const std::string& tracker = "default") {
  for (int i = 0; i < count; ++i)
    world.database.insert({.tracker = tracker, .subid = "c" + std::to_string(i)});
}

TEST(Trackers, OneThatHangsWithAllItsSlotsHoldsUpNoOther) {
  auto a = tracker_named("a");
  auto b = tracker_named("b");
  a.concurrency = b.concurrency = 4;
  World world({.trackers = {a, b}});
  world.receiver.behave("a", [](const Arrival&) { return hangs(); });
  insert_clicks(world, 100, "a");
  insert_clicks(world, 100, "b");
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(world.transport.in_flight("a"), 4);
  EXPECT_EQ(world.database.number("SELECT count(*) FROM outbox WHERE tracker='b' AND state='delivered'"),
            100);
}

/// So many trackers with their own names, and clicks of each.
std::vector<delivery::TrackerSpec> many_trackers(int count) {
  std::vector<delivery::TrackerSpec> trackers;
  for (int i = 0; i < count; ++i) trackers.push_back(tracker_named("t" + std::to_string(i)));
  return trackers;
}

TEST(Trackers, ManyThatHangTogetherHaveNoMoreInFlightAndInMemoryThanAFewMay) {
  constexpr int kTrackers = 200;
  World world({.trackers = many_trackers(kTrackers)});
  for (int i = 0; i < kTrackers; ++i) {
    world.receiver.behave("t" + std::to_string(i), [](const Arrival&) { return hangs(); });
    insert_clicks(world, 20, "t" + std::to_string(i));
  }
  world.start_worker();
  world.run_for(2s);
  EXPECT_LE(world.cycle().in_flight(), 512);
  EXPECT_GE(world.cycle().in_flight(), kTrackers) << "each has its share";
  EXPECT_LE(world.cycle().rows_in_memory(), static_cast<std::size_t>(10 * kTrackers));
}

TEST(Trackers, OneThatIsBusyAmongManyThatAreNotHasAllThatItIsConfiguredFor) {
  World world({.trackers = many_trackers(200)});
  world.receiver.behave("t7", [](const Arrival&) { return takes_in(50ms); });
  insert_clicks(world, 5000, "t7");
  world.start_worker();
  EXPECT_TRUE(world.run_until([&] { return world.transport.in_flight("t7") == 64; }, 2s));
}

TEST(Trackers, ThoseThatAreDownLeaveTheirShareToTheOthers) {
  World world({.trackers = many_trackers(100)});
  for (int i = 1; i < 100; ++i) {
    world.receiver.behave("t" + std::to_string(i), [](const Arrival&) { return answers(503); });
    insert_clicks(world, 50, "t" + std::to_string(i));
  }
  world.start_worker();
  world.run_for(20s);
  world.receiver.behave("t0", [](const Arrival&) { return takes_in(50ms); });
  insert_clicks(world, 5000, "t0");
  EXPECT_TRUE(world.run_until([&] { return world.transport.in_flight("t0") == 64; }, 2s));
}

TEST(Trackers, OneRequestAtATimeIsEnoughForARetryToComeUpBesideABacklog) {
  auto spec = tracker_named("default");
  spec.concurrency = 1;
  World world({.trackers = {spec}});
  bool refused = false;
  world.receiver.behave("default", [&](const Arrival&) {
    return std::exchange(refused, true) ? takes_in(10ms) : answers(503);
  });
  insert_clicks(world, 2000);
  world.start_worker();
  world.run_for(10s);
  EXPECT_EQ(world.database.text("SELECT state || attempts FROM outbox WHERE id = 1"), "delivered2");
  EXPECT_GT(world.database.number("SELECT count(*) FROM outbox WHERE state = 'pending'"), 500);
}

TEST(Trackers, SameSubidAtTwoTrackersIsTwoClicks) {
  World world({.trackers = {tracker_named("a"), tracker_named("b")}});
  world.receiver.behave("a", [](const Arrival&) { return answers(503); });
  world.database.insert({.tracker = "a", .status = "lead"});
  const auto row = world.database.insert({.tracker = "b", .status = "sale"});
  world.start_worker();
  world.run_for(1s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Outage, BreakerOpensProbesAndRampsUpAgain) {
  World world;
  bool down = true;
  world.receiver.behave("default", [&](const Arrival&) { return down ? refuses_connection() : takes_in(); });
  insert_clicks(world, 500);
  world.start_worker();
  world.run_for(10s);
  EXPECT_LT(world.transport.requests_made(), 64 + 10) << "the full slots once, and a few probes";
  ASSERT_FALSE(world.observer.breaker_phases.empty());
  EXPECT_EQ(world.observer.breaker_phases.front(), "default open");

  down = false;
  ASSERT_TRUE(world.run_until([&] { return world.observer.delivered == 1; }));
  EXPECT_LE(world.transport.in_flight("default"), 2) << "not all at once upon a tracker that has just risen";
  ASSERT_TRUE(world.run_until_drained(5min));
  EXPECT_EQ(world.observer.delivered, 500);
  EXPECT_EQ(world.observer.breaker_phases.back(), "default closed");
}

TEST(Outage, RowsKeepTheirAttemptsForTheTimeAfterIt) {
  auto spec = tracker_named("default");
  spec.retry.max_attempts = 4;
  spec.retry.max_delay = 5s;
  World world({.trackers = {spec}});
  bool down = true;
  world.receiver.behave("default", [&](const Arrival&) { return down ? answers(503) : takes_in(); });
  insert_clicks(world, 100);
  world.start_worker();
  world.run_for(24h);
  EXPECT_EQ(world.observer.dead, 0);
  EXPECT_LE(world.database.number("SELECT max(strikes) FROM outbox"), 2);
  down = false;
  ASSERT_TRUE(world.run_until_drained(10min));
  EXPECT_EQ(world.observer.delivered, 100);
}

TEST(Outage, TrackerIsAskedOnceInAFewSeconds) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  insert_clicks(world, 100);
  world.start_worker();
  world.run_for(10min);
  const int before = world.transport.requests_made();
  world.run_for(1h);
  EXPECT_GE(world.transport.requests_made() - before, 60 * 60 / 4);
  EXPECT_LE(world.transport.requests_made() - before, 60 * 60 / 3);
}

TEST(Outage, WrongKeyKillsNoRow) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(404); });
  insert_clicks(world, 30);
  world.start_worker();
  world.run_for(24h);
  EXPECT_EQ(world.observer.dead, 0);
  EXPECT_EQ(pending_rows(world), 30);
}

TEST(RefusedByTheTracker, ForAllKillsNoRow) {
  World world;
  bool refuses = true;
  world.receiver.behave("default", [&](const Arrival&) { return refuses ? answers(400) : takes_in(); });
  insert_clicks(world, 30);
  world.start_worker();
  world.run_for(6h);
  EXPECT_EQ(world.observer.dead, 0);
  refuses = false;
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.delivered, 30);
}

/// An answer that speaks of the tracker, given to all, while hardly anything is sent.
class RefusedForAllAtLowVolume : public testing::TestWithParam<int> {};

TEST_P(RefusedForAllAtLowVolume, KillsNoRow) {
  World world;
  bool refuses = true;
  world.receiver.behave("default",
                        [&](const Arrival&) { return refuses ? answers(GetParam()) : takes_in(); });
  world.start_worker();
  for (int i = 0; i < 300; ++i) {
    world.database.insert({.subid = "c" + std::to_string(i)});
    world.run_for(12s);
  }
  world.run_for(12h);
  EXPECT_EQ(world.observer.dead, 0);
  EXPECT_LE(world.database.number("SELECT max(strikes) FROM outbox"), 6);
  refuses = false;
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.delivered, 300);
}

INSTANTIATE_TEST_SUITE_P(By, RefusedForAllAtLowVolume, testing::Values(410, 421, 405, 451),
                         testing::PrintToStringParamName());

/// A share of the answers fails, whatever the row.
class FailsInPart : public testing::TestWithParam<int> {};

TEST_P(FailsInPart, TheOtherPartIsUsedAndNoRowDies) {
  const int percent = GetParam();
  constexpr int kLatency = 5;
  World world;
  std::uint32_t dice = 7;
  world.receiver.behave("default", [&](const Arrival&) {
    dice = dice * 1664525 + 1013904223;
    Reply reply = static_cast<int>((dice >> 8) % 100) < percent ? answers(503) : takes_in();
    reply.latency = core::Millis{kLatency};
    return reply;
  });
  world.database.sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
      " INSERT INTO outbox (subid, status) SELECT 'c' || i, 'sale' FROM n");
  world.start_worker();
  world.run_for(1s);
  const int before = world.observer.delivered;
  const int requests = world.transport.requests_made();
  world.run_for(1s);
  // The world's own commits take their time too, hence the small part of what 64 in flight allow.
  const int sent = world.transport.requests_made() - requests;
  EXPECT_GT(sent, 0.25 * 64 * 1000 / kLatency);
  EXPECT_GT(world.observer.delivered - before, 0.8 * sent * (100 - percent) / 100);
  EXPECT_EQ(world.observer.dead, 0);
  EXPECT_THAT(world.observer.breaker_phases, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Percent, FailsInPart, testing::Values(2, 10, 50, 70),
                         testing::PrintToStringParamName());

TEST(RefusedByTheTracker, ThreeTimesInAllWhateverElseHappensKillsTheRow) {
  World world;
  std::vector<int> left{422, 503, 503, 400, 503, 422};
  world.receiver.behave("default", [&](const Arrival& arrival) {
    if (arrival.param("subid") != "c3" || left.empty()) return takes_in();
    const int status = left.front();
    left.erase(left.begin());
    return answers(status);
  });
  insert_clicks(world, 30);
  world.start_worker();
  for (int i = 100; i < 400; ++i) {
    world.database.insert({.subid = "c" + std::to_string(i)});
    world.run_for(1s);
  }
  EXPECT_EQ(world.observer.dead, 1);
  EXPECT_EQ(world.database.text("SELECT subid || ' ' || attempts FROM outbox WHERE state = 'dead'"), "c3 6");
}

TEST(RefusedByTheTracker, ForOneRowKillsItAfterThreeTries) {
  World world;
  world.receiver.behave("default", [](const Arrival& arrival) {
    return arrival.param("subid") == "c3" ? answers(422) : takes_in();
  });
  insert_clicks(world, 30);
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.dead, 1);
  EXPECT_EQ(world.observer.delivered, 29);
  EXPECT_EQ(world.database.text("SELECT subid || ' ' || attempts FROM outbox WHERE state = 'dead'"), "c3 3");
}

/// Rows that fail by themselves, one in so many, among those that are taken in.
class ManyRefusedRows : public testing::TestWithParam<int> {};

TEST_P(ManyRefusedRows, DieWithoutHoldingUpTheOthers) {
  constexpr int kClicks = 4000;
  const int one_in = GetParam();
  auto spec = tracker_named("default");
  spec.retry.first_delay = 100ms;
  spec.retry.max_delay = 3s;
  World world({.trackers = {spec}});
  world.receiver.behave("default", [one_in](const Arrival& arrival) {
    return std::stoi(arrival.param("subid").substr(1)) % one_in == 0 ? answers(422) : takes_in(10ms);
  });
  insert_clicks(world, kClicks);
  world.start_worker();
  const int refused = (kClicks + one_in - 1) / one_in;
  ASSERT_TRUE(world.run_until([&] { return world.observer.delivered == kClicks - refused; }, 60s))
      << world.observer.delivered << " delivered, " << world.observer.dead << " dead";
}

INSTANTIATE_TEST_SUITE_P(OneIn, ManyRefusedRows, testing::Values(3, 5, 10, 30),
                         testing::PrintToStringParamName());

TEST(Throttled, RowComesBackNoSoonerThanAsked) {
  World world;
  int throttled = 1;
  world.receiver.behave("default",
                        [&](const Arrival&) { return throttled-- > 0 ? answers(429, "30") : takes_in(); });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(29s);
  EXPECT_EQ(world.transport.requests_made(), 1);
  world.run_for(2s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(LostAnswer, RowIsSentAgainWithTheSameWords) {
  World world;
  int lost = 1;
  world.receiver.behave(
      "default", [&](const Arrival&) { return lost-- > 0 ? takes_in_and_loses_the_answer() : takes_in(); });
  world.database.insert({.status = "sale", .tid = "t1", .payout = "2.50"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  ASSERT_EQ(world.receiver.taken_in().size(), 2u);
  EXPECT_EQ(world.receiver.taken_in()[0].params, world.receiver.taken_in()[1].params);
}

TEST(RequestTimeout, EndsARequestAndTheRowIsTriedAgain) {
  auto spec = tracker_named("default");
  spec.request_timeout = 3s;
  World world({.trackers = {spec}});
  int hanging = 1;
  world.receiver.behave("default", [&](const Arrival&) { return hanging-- > 0 ? hangs() : takes_in(); });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(2900ms);
  EXPECT_EQ(world.cycle().in_flight(), 1);
  world.run_for(2s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(RateLimit, IsKeptInVirtualTime) {
  auto spec = tracker_named("default");
  spec.rate = 50;
  World world({.trackers = {spec}});
  insert_clicks(world, 1000);
  world.start_worker();
  world.run_for(10s);
  EXPECT_GE(world.transport.requests_made(), 495);
  EXPECT_LE(world.transport.requests_made(), 502);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
