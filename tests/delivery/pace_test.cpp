// When the worker acts, and when it rests: turns, clocks, memory, stopping.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

TEST(Pace, LoneRowIsSentAndRecordedInTwoTurns) {
  World world;
  world.start_worker();
  world.run_for(1s);
  const auto row = world.database.insert({});
  world.turn();
  ASSERT_EQ(world.transport.in_flight("default"), 1);
  world.clock.advance_to(*world.transport.next_event());
  world.transport.catch_up();
  world.clock.advance_to(*world.transport.next_event());
  world.turn();
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Pace, IdleWorkerRests) {
  World world;
  for (int i = 0; i < 50; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  int turns = 0;
  world.run_until([&] { return ++turns, false; }, 1h);
  EXPECT_LT(turns, 200) << "the sweep each minute, and little else";
}

TEST(Pace, WaitingForAnOpenBreakerIsRestToo) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return answers(503); });
  for (int i = 0; i < 300; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(10min);
  int turns = 0;
  world.run_until([&] { return ++turns, false; }, 10min);
  EXPECT_LT(turns, 10 * 60);
}

TEST(Pace, RowDueInTheYear300000DoesNotKeepTheWorkerBusy) {
  World world;
  world.start_worker();
  world.run_for(1s);
  // Microseconds, written by mistake; and the last time there is.
  for (const std::int64_t due_at : {1'750'000'000'000'000, 9'223'372'036'854'775'807}) {
    world.database.insert({.subid = std::to_string(due_at), .due_at = due_at});
    int turns = 0;
    world.run_until([&] { return ++turns, false; }, 1min);
    EXPECT_LT(turns, 20);
    const auto again_at = world.turn();
    ASSERT_TRUE(again_at);
    EXPECT_GT(*again_at, world.clock.steady());
  }
}

TEST(Clock, SteppedBackAnHourHoldsUpNoFreshRow) {
  World world;
  world.start_worker();
  world.run_for(1s);
  world.clock.step_wall(-1h);
  const auto row = world.database.insert({});
  world.run_for(1s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Clock, SteppedBackAnHourDelaysARetryByThatHourAtMost) {
  World world;
  int failures = 1;
  world.receiver.behave("default",
                        [&](const Arrival&) { return failures-- > 0 ? answers(503) : takes_in(); });
  const auto row = world.database.insert({});
  world.start_worker();
  world.run_for(100ms);
  world.clock.step_wall(-1h);
  world.run_for(1h + 2s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

/// Sets the clock back once a scheduled row has been found due.
class SetBackWhenDue final : public PortHooks {
 public:
  void after(PortCall call) override {
    if (call != PortCall::due || world == nullptr || core::unix_millis(world->clock.wall()) < due_at) return;
    std::exchange(world, nullptr)->clock.step_wall(-1h);
  }

  World* world = nullptr;
  std::int64_t due_at = 0;
};

TEST(Clock, SteppedBackWhileADueRowIsLoadedSendsItInItsTime) {
  SetBackWhenDue set_back;
  World world({.hooks = &set_back});
  set_back.due_at = wall_in(world, 10min);
  const auto row = world.database.insert({.due_at = set_back.due_at});
  world.start_worker();
  set_back.world = &world;
  world.run_for(30min);
  ASSERT_EQ(set_back.world, nullptr) << "it was never due";
  EXPECT_EQ(state_of(world, row), "pending");
  EXPECT_EQ(world.transport.requests_made(), 0);
  world.run_for(45min);
  EXPECT_EQ(state_of(world, row), "delivered");
}

class ClockYearsAhead : public testing::TestWithParam<bool> {};

TEST_P(ClockYearsAhead, RetriesAreBroughtBackWhenItIsRightAgain) {
  World world;
  int failures = 1;
  world.receiver.behave("default",
                        [&](const Arrival&) { return failures-- > 0 ? answers(503) : takes_in(); });
  const auto next_year = wall_in(world, 24h * 365);
  world.clock.step_wall(24h * 365 * 12);
  const auto tried = world.database.insert({});
  world.start_worker();
  world.run_for(100ms);
  ASSERT_EQ(world.database.standing(tried).attempts, 1);
  ASSERT_EQ(state_of(world, tried), "pending");
  if (GetParam()) world.kill_worker();
  world.clock.step_wall(-24h * 365 * 12);
  const auto scheduled = world.database.insert({.subid = "later", .due_at = next_year});
  if (GetParam()) world.start_worker();
  world.run_for(2min);
  EXPECT_EQ(state_of(world, tried), "delivered");
  EXPECT_EQ(state_of(world, scheduled), "pending") << "the application's own time is kept";
  EXPECT_EQ(world.database.standing(scheduled).due_at, next_year);
}

INSTANTIATE_TEST_SUITE_P(Clock, ClockYearsAhead, testing::Bool(), [](const auto& tested) {
  return tested.param ? "over_a_new_start" : "while_the_worker_runs";
});

TEST(Clock, SteppedForwardADayMakesScheduledRowsDueWithinAMinute) {
  World world;
  const auto row = world.database.insert({.due_at = wall_in(world, 12h)});
  world.start_worker();
  world.run_for(1s);
  world.clock.step_wall(24h);
  world.run_for(61s);
  EXPECT_EQ(state_of(world, row), "delivered");
}

TEST(Clock, SteppedBackWhileARowStandsReadyDoesNotLoseIt) {
  auto slow = tracker_named("default");
  slow.rate = 1;
  World world({.trackers = {slow}});
  for (int i = 0; i < 5; ++i) {
    world.database.insert({.subid = "c" + std::to_string(i), .due_at = wall_in(world, -10ms)});
  }
  world.start_worker();
  world.run_for(500ms);
  world.clock.step_wall(-1min);
  world.database.insert(
      {.subid = "another"});  // A commit by another's hand has what is planned looked at again.
  world.run_for(2min);
  EXPECT_EQ(pending_rows(world), 0);
}

TEST(Memory, IsBoundedHoweverMuchIsPending) {
  World world;
  world.database.sql("BEGIN");
  for (int i = 0; i < 10'000; ++i) world.database.insert({.subid = "c" + std::to_string(i % 4000)});
  world.database.sql("COMMIT");
  world.start_worker();
  std::size_t most = 0;
  int turns = 0;
  world.run_until([&] {
    most = std::max(most, world.cycle().rows_in_memory());
    if (++turns % 50 == 0) world.database.insert({.subid = "late" + std::to_string(turns)});
    return world.cycle().drained();
  });
  EXPECT_EQ(pending_rows(world), 0);
  EXPECT_LT(most, 1000u);
  EXPECT_EQ(world.cycle().rows_in_memory(), 0u);
}

TEST(Memory, IsBoundedWhileNothingCanBeSent) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return hangs(); });
  world.database.sql("BEGIN");
  for (int i = 0; i < 10'000; ++i) world.database.insert({.subid = "c" + std::to_string(i % 4000)});
  world.database.sql("COMMIT");
  world.start_worker();
  for (int i = 0; i < 100; ++i) {
    world.database.insert({.subid = "late" + std::to_string(i)});
    world.run_for(100ms);
    ASSERT_LT(world.cycle().rows_in_memory(), 1000u);
  }
}

TEST(Stop, FinishesWhatIsInFlightAndSendsNothingMore) {
  World world;
  world.receiver.behave("default", [](const Arrival&) { return takes_in(2s); });
  for (int i = 0; i < 200; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.run_for(500ms);
  ASSERT_EQ(world.cycle().in_flight(), 8);
  world.cycle().stop_sending();
  world.database.insert({.subid = "late"});
  ASSERT_TRUE(world.run_until([&] { return world.cycle().at_rest(); }, 10s));
  EXPECT_EQ(world.transport.requests_made(), 8);
  EXPECT_EQ(world.observer.delivered, 8);
  EXPECT_EQ(pending_rows(world), 193);
  EXPECT_EQ(world.cycle().rows_in_memory(), 0u);
}

TEST(Stop, NextWorkerGoesOnWhereThisOneEnded) {
  World world;
  for (const char* status : {"lead", "sale", "rejected"}) world.database.insert({.status = status});
  world.start_worker();
  ASSERT_TRUE(run_until_in_flight(world, 1));
  world.cycle().stop_sending();
  ASSERT_TRUE(world.run_until([&] { return world.cycle().at_rest(); }, 10s));
  world.kill_worker();
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(10s));
  EXPECT_EQ(world.receiver.story_of("default", "click"), "lead sale rejected");
}

}  // namespace
}  // namespace keitaro_outbox::simulation
