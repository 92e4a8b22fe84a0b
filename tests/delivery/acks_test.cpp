// Answers that outlive the worker: what a crash repeats, and what the next worker makes of them.
#include <utility>

#include "delivery/row_version.hpp"
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

/// The process dies around the next call of a kind.
class CrashAt final : public PortHooks {
 public:
  enum class When { before, after };
  void arm(PortCall call, When when) {
    call_ = call;
    when_ = when;
    armed_ = true;
  }
  void before(PortCall call) override { meet(call, When::before); }
  void after(PortCall call) override { meet(call, When::after); }

 private:
  void meet(PortCall call, When when) {
    if (armed_ && call == call_ && when == when_) {
      armed_ = false;
      throw SimCrash{};
    }
  }
  PortCall call_ = PortCall::commit;
  When when_ = When::before;
  bool armed_ = false;
};

void run_until_it_crashes(World& world) {
  EXPECT_THROW(world.run_for(1min), SimCrash);
  world.kill_worker();
}

TEST(Acks, ARowWhoseAnswerHadComeIsNotSentAgainAfterACrash) {
  CrashAt crash;
  World world({.hooks = &crash, .acks = 8});
  const auto row = world.database.insert({});
  world.start_worker();
  crash.arm(PortCall::record, CrashAt::When::before);
  run_until_it_crashes(world);
  ASSERT_EQ(state_of(world, row), "pending");
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(1min));
  EXPECT_EQ(state_of(world, row), "delivered");
  EXPECT_EQ(world.receiver.times_taken_in(row), 1);
  EXPECT_TRUE(world.acks.unrecorded().empty());
}

TEST(Acks, ARowThatTheOperatorSendsAgainIsSentThoughAnEarlierTryWasAnswered) {
  CrashAt crash;
  World world({.hooks = &crash, .acks = 8});
  const auto row = world.database.insert({.status = "rebill", .tid = "t"});
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.transport.requests_made() == 1; }, 1min));
  crash.arm(PortCall::sync, CrashAt::When::after);  // Recorded, and the ack is still there.
  run_until_it_crashes(world);
  ASSERT_EQ(state_of(world, row), "delivered");
  ASSERT_EQ(world.acks.unrecorded().size(), 1U);
  world.database.sql("DELETE FROM conversions");
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(row));
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained(1min));
  EXPECT_EQ(world.receiver.times_taken_in(row), 2);
}

/// Every other row was answered to the worker before; the tracker is down now.
TEST(Acks, AnswersToAnEarlierWorkerTellNothingOfTheTrackerNow) {
  constexpr int kRows = 60;
  auto tracker = tracker_named("default");
  tracker.concurrency = kRows;
  CrashAt crash;
  World world({.trackers = {tracker}, .hooks = &crash, .acks = kRows});
  bool down = false;
  world.receiver.behave("default", [&](const Arrival& arrival) {
    if (down) return answers(503);
    return arrival.row.value % 2 == 0 ? takes_in() : hangs();
  });
  for (int i = 0; i < kRows; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  crash.arm(PortCall::record, CrashAt::When::before);
  run_until_it_crashes(world);
  ASSERT_GE(world.acks.unrecorded().size(), 4U) << "half of the requests that a worker begins with";

  down = true;
  tracker.concurrency = 1;
  world.configure({tracker});
  world.start_worker();
  const int before = world.transport.requests_made();
  ASSERT_TRUE(world.run_until([&] { return !world.observer.breaker_phases.empty(); }, 1min));
  EXPECT_EQ(world.observer.breaker_phases.front(), "default open");
  EXPECT_LE(world.transport.requests_made() - before,
            core::CircuitBreaker::kShortestStreak + core::CircuitBreaker::kTried);
}

/// While the disk is waited for, answers come in and nothing is recorded.
class SlowDisk final : public PortHooks, public Wiretap {
 public:
  World* world = nullptr;
  int limit = 0;
  int most = 0;

  void before(PortCall call) override {
    if (call != PortCall::sync || world == nullptr) return;
    for (int i = 0; i < 40; ++i) {
      world->clock.advance(1ms);
      world->transport.catch_up();
      look();
    }
  }
  void on_request(const Arrival&) override {
    if (world != nullptr) look(1);
  }

 private:
  /// What a crash at this moment would have to send once more.
  void look(int more = 0) {
    const auto recorded = world->database.number("SELECT count(*) FROM outbox WHERE state <> 'pending'");
    const auto begun = world->transport.requests_made() + more;
    most = std::max(most, begun - static_cast<int>(recorded));
  }
};

TEST(Acks, WithoutThemACrashRepeatsNoMoreThanTwiceWhatMayBeInFlightHoweverSlowTheDisk) {
  auto tracker = tracker_named("default");
  tracker.concurrency = 8;
  SlowDisk disk;
  World world({.trackers = {tracker}, .hooks = &disk, .wiretap = &disk});
  world.receiver.behave(
      "default", [](const Arrival& arrival) { return takes_in(core::Millis{1 + arrival.row.value % 7}); });
  for (int i = 0; i < 400; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  disk.world = &world;
  ASSERT_TRUE(world.run_until_drained(10min));
  EXPECT_GT(disk.most, 8);
  EXPECT_LE(disk.most, 16);
}

TEST(RowVersion, IsAnotherForEveryChangeThatMakesAnotherTryOfTheRow) {
  const std::string url = "http://a.test/key/postback?subid=c&status=sale";
  core::Row row;
  row.id = {1};
  row.tracker = row.subid = row.status = "x";
  const auto version = [&](const core::Row& of) { return delivery::version_of(of, url, "OK"); };
  const auto changed = [&](auto change) {
    core::Row other = row;
    change(other);
    return version(other) != version(row);
  };
  EXPECT_EQ(version(row), version(core::Row(row)));
  EXPECT_TRUE(changed([](core::Row& r) { r.id = {2}; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.attempts = 1; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.due_at = core::WallTime{1ms}; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.created_at = core::WallTime{1ms}; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.tracker = "y"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.campaign = "y"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.subid = "y"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.status = "y"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.tid = "y"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.payout = ""; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.cost = "1"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.currency = "usd"; }));
  EXPECT_TRUE(changed([](core::Row& r) { r.params = "{}"; }));
  EXPECT_NE(delivery::version_of(row, url, ""), version(row));
  EXPECT_NE(delivery::version_of(row, url + "1", "OK"), version(row));
  EXPECT_NE(delivery::version_of(row, "http://b.test/key/postback?subid=c&status=sale", "OK"), version(row));
  EXPECT_EQ(delivery::version_of(row, "http://a.test/new/postback?subid=c&status=sale", "OK"), version(row))
      << "another key is no other try";
}

}  // namespace
}  // namespace keitaro_outbox::simulation
