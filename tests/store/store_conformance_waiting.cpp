#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::OutboxId;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, ReleasingFreesTheFirstWaitingRowOfTheClickOnly) {
  const auto first = world_->insert({});
  const auto second = world_->insert({});
  const auto third = world_->insert({});
  const auto elsewhere = world_->insert({.tracker = "other"});
  block(second, first);
  block(third, first);
  block(elsewhere, first);
  record(delivered(first));
  release();
  EXPECT_THAT(fresh(), ElementsAre(second.value));
  EXPECT_EQ(seen(third).waits_for, first.value);
  EXPECT_THAT(fresh("other"), IsEmpty());
}

TEST_P(StoreConformance, ReleasingLeavesAScheduledRowAndThoseBehindItWaiting) {
  const auto first = world_->insert({});
  const auto scheduled = world_->insert({.due_at = 9'000});
  const auto third = world_->insert({});
  block(third, first);
  record(delivered(first));
  release();
  EXPECT_THAT(fresh(), IsEmpty());
  EXPECT_EQ(seen(scheduled).due_at, 9'000);
  EXPECT_EQ(seen(third).waits_for, first.value);
}

TEST_P(StoreConformance, AParkedRowKeepsItsScheduleWhenReleased) {
  const auto first = world_->insert({});
  const auto second = world_->insert({.due_at = 9'000});
  block(second, first);
  EXPECT_THAT(due(9'000), IsEmpty());
  release();
  EXPECT_THAT(due(9'000), ElementsAre(second.value));
}

TEST_P(StoreConformance, AFinishedRowCannotBeParked) {
  const auto first = world_->insert({});
  record(delivered(first));
  block(first, first);
  EXPECT_EQ(seen(first).waits_for, std::nullopt);
}

TEST_P(StoreConformance, CancellingOrDeletingARowReleasesTheNextOneOfItsClick) {
  for (const bool by_deletion : {false, true}) {
    const auto first = world_->insert({.subid = by_deletion ? "deleted" : "cancelled"});
    const auto second = world_->insert({.subid = by_deletion ? "deleted" : "cancelled"});
    block(second, first);
    by_deletion ? world_->remove(first) : world_->cancel(first);
    EXPECT_EQ(seen(second).waits_for, std::nullopt);
  }
}

TEST_P(StoreConformance, ASweepFreesTheFirstStrandedRowOfEachClickInSteps) {
  std::vector<OutboxId> first;
  std::vector<OutboxId> second;
  for (const std::string tracker : {"a", "b"}) {
    for (const std::string subid : {"x", "y", "z"}) {
      first.push_back(world_->insert({.tracker = tracker, .subid = subid}));
      second.push_back(world_->insert({.tracker = tracker, .subid = subid}));
      world_->strand(first.back());
      world_->strand(second.back());
    }
  }
  const auto scheduled = world_->insert({.tracker = "c", .due_at = 9'000});

  ports::SweepPosition position;
  int steps = 0;
  for (bool more = true; more; ++steps) {
    ASSERT_LT(steps, 10);
    store_.begin_write();
    more = store_.sweep_waiting(position, 4);
    store_.commit();
  }
  EXPECT_EQ(steps, 2);
  for (const OutboxId id : first) EXPECT_EQ(seen(id).waits_for, std::nullopt);
  for (const OutboxId id : second) EXPECT_NE(seen(id).waits_for, std::nullopt);
  EXPECT_EQ(seen(scheduled).due_at, 9'000);
}

}  // namespace keitaro_outbox::store_tests
