// Rows that ended several workers and are not handled any more.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

constexpr const char* kWhy = "the worker ended 3 times while it was sending this row";

TEST(SetAside, TheRowIsDeadWithoutARequestAndTheLaterOnesOfItsClickGoOn) {
  World world;
  const auto poison = world.database.insert({.status = "lead"});
  const auto later = world.database.insert({.status = "sale"});
  const auto other = world.database.insert({.subid = "other"});
  world.start_worker();
  world.cycle().quarantine(poison, kWhy);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(state_of(world, poison), "dead");
  EXPECT_EQ(reason_of(world, poison), kWhy);
  EXPECT_EQ(state_of(world, later), "delivered");
  EXPECT_EQ(state_of(world, other), "delivered");
  EXPECT_EQ(world.transport.requests_made(), 2);
  EXPECT_EQ(world.observer.dead, 1);
}

TEST(SetAside, ARowThatWaitsIsSetAsideWhenItsTimeComes) {
  World world;
  const auto poison = world.database.insert({.status = "lead", .due_at = wall_in(world, 1h)});
  world.start_worker();
  world.cycle().quarantine(poison, kWhy);
  world.run_for(1min);
  EXPECT_EQ(state_of(world, poison), "pending");
  world.run_for(1h);
  EXPECT_EQ(state_of(world, poison), "dead");
  EXPECT_EQ(world.transport.requests_made(), 0);
}

TEST(SetAside, ItIsRecordedOnceTheStoreCanBeWrittenAgain) {
  StoreFaults faults;
  World world({.hooks = &faults});
  const auto poison = world.database.insert({.status = "lead"});
  world.start_worker();
  world.cycle().quarantine(poison, kWhy);
  faults.fail(PortCall::commit, ports::StoreError::Kind::full, 5);
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(state_of(world, poison), "dead");
  EXPECT_EQ(world.transport.requests_made(), 0);
}

TEST(SetAside, AnOperatorsWishGivesItAnotherChance) {
  World world;
  const auto poison = world.database.insert({.status = "lead"});
  world.start_worker();
  world.cycle().quarantine(poison, kWhy);
  ASSERT_TRUE(world.run_until_drained());
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = " + id_of(poison));
  world.run_for(1s);
  EXPECT_EQ(state_of(world, poison), "delivered");
}

}  // namespace
}  // namespace keitaro_outbox::simulation
