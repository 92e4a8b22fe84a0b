// This host lacks what a request needs: nobody's fault but ours.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

Reply lacks_descriptors() {
  return {false, core::Millis{0}, core::OwnTrouble{"could not open a socket: too many open files"}};
}

class OwnTrouble : public testing::Test {
 protected:
  void SetUp() override {
    world_.receiver.behave("default",
                           [this](const Arrival&) { return lacking_ ? lacks_descriptors() : takes_in(); });
    for (int i = 0; i < 200; ++i) world_.database.insert({.subid = "c" + std::to_string(i)});
    world_.start_worker();
  }

  World world_;
  bool lacking_ = true;
};

TEST_F(OwnTrouble, IsWaitedOutWithoutAnAttemptAndWithTheBreakerClosed) {
  world_.run_for(10min);
  EXPECT_EQ(pending_rows(world_), 200);
  EXPECT_EQ(world_.database.number("SELECT max(attempts) + max(strikes) + max(due_at) FROM outbox"), 0);
  EXPECT_THAT(world_.observer.breaker_phases, testing::IsEmpty());
  EXPECT_EQ(world_.database.number("SELECT count(*) FROM delivery_attempts"), 0);

  lacking_ = false;
  ASSERT_TRUE(world_.run_until_drained(10s));
  EXPECT_EQ(world_.observer.delivered, 200);
  EXPECT_EQ(world_.database.number("SELECT max(attempts) FROM outbox"), 1);
}

TEST_F(OwnTrouble, IsToldAndTriedAgainAtGrowingPauses) {
  world_.run_for(10min);
  EXPECT_GT(world_.observer.own_troubles, 100) << "each 5 s at least";
  EXPECT_LT(world_.observer.own_troubles, 140);
  EXPECT_LT(world_.transport.requests_made(), 140 * 64);
}

TEST_F(OwnTrouble, AHostThatBearsTenAtOnceIsUsedForTenAndItIsSaid) {
  constexpr int kBorne = 10;
  world_.receiver.behave("default", [this](const Arrival&) {
    return world_.transport.in_flight("default") > kBorne ? lacks_descriptors() : takes_in(100ms);
  });
  for (int i = 0; i < 5000; ++i) world_.database.insert({.subid = "d" + std::to_string(i)});
  world_.run_for(10s);
  const int before = world_.observer.delivered;
  world_.run_for(20s);
  EXPECT_GE(world_.observer.delivered - before, 20 * 10 * kBorne * 8 / 10);
  EXPECT_THAT(world_.database.text("SELECT reason FROM outbox_trackers"),
              testing::HasSubstr("requests in flight, limited by this host: could not open a socket"));
  EXPECT_EQ(world_.database.number("SELECT sum(strikes) FROM outbox"), 0);
}

TEST_F(OwnTrouble, DoesNotKeepTheWorkerFromStopping) {
  world_.run_for(1min);
  world_.cycle().stop_sending();
  world_.run_for(1s);
  EXPECT_TRUE(world_.cycle().at_rest());
}

}  // namespace
}  // namespace keitaro_outbox::simulation
