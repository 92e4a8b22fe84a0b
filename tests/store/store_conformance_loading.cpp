#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::wall_time;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST_P(StoreConformance, FreshRowsOfATrackerComeInOrderOfId) {
  const auto a = world_->insert({.subid = "z"});
  const auto b = world_->insert({.subid = "a"});
  world_->insert({.tracker = "other"});
  const auto c = world_->insert({.subid = "m"});
  EXPECT_THAT(fresh(), ElementsAre(a.value, b.value, c.value));
  EXPECT_THAT(fresh("default", a.value), ElementsAre(b.value, c.value));
  EXPECT_THAT(fresh("default", 0, 2), ElementsAre(a.value, b.value));
  EXPECT_THAT(fresh("nobody"), IsEmpty());
}

TEST_P(StoreConformance, FreshLeavesOutWhatIsScheduledParkedOrFinished) {
  const auto first = world_->insert({});
  const auto blocked = world_->insert({});
  world_->insert({.subid = "later", .due_at = 9'000});
  const auto done = world_->insert({.subid = "done"});
  const auto cancelled = world_->insert({.subid = "cancelled"});
  block(blocked, first);
  record(delivered(done));
  world_->cancel(cancelled);
  EXPECT_THAT(fresh(), ElementsAre(first.value));
}

TEST_P(StoreConformance, DueRowsComeLongestDueFirstOnceTheirTimeHasCome) {
  const auto late = world_->insert({.due_at = 300});
  const auto early = world_->insert({.due_at = 100});
  const auto same_time = world_->insert({.due_at = 100});
  world_->insert({});
  world_->insert({.tracker = "other", .due_at = 50});
  EXPECT_THAT(due(99), IsEmpty());
  EXPECT_THAT(due(100), ElementsAre(early.value, same_time.value));
  EXPECT_THAT(due(300), ElementsAre(early.value, same_time.value, late.value));
  EXPECT_THAT(due(300, "default", 1), ElementsAre(early.value));
}

TEST_P(StoreConformance, NextDueIsTheFirstTimeAfterNow) {
  EXPECT_EQ(next_due(0), std::nullopt);
  world_->insert({});
  EXPECT_EQ(next_due(0), std::nullopt);
  world_->insert({.due_at = 300});
  world_->insert({.due_at = 200});
  world_->insert({.tracker = "other", .due_at = 50});
  EXPECT_THAT(next_due(-5), Optional(200));
  EXPECT_THAT(next_due(199), Optional(200));
  EXPECT_THAT(next_due(200), Optional(300));
  EXPECT_EQ(next_due(300), std::nullopt);
}

TEST_P(StoreConformance, TrackersWithRowsToLoadComeOnceInAlphabeticalOrder) {
  const auto first = world_->insert({.tracker = "b"});
  world_->insert({.tracker = "b"});
  world_->insert({.tracker = "c", .due_at = 9'000});
  world_->insert({.tracker = "a"});
  const auto done = world_->insert({.tracker = "done"});
  record(delivered(done));
  const auto blocked = world_->insert({.tracker = "blocked"});
  block(blocked, first);
  EXPECT_THAT(trackers(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(trackers(2), ElementsAre("a", "b"));
}

TEST_P(StoreConformance, ARowIsReadAsItWasWritten) {
  const std::string odd = "тест ' \" % & \n \\ 😀";
  const auto id = world_->insert({.tracker = "t " + odd,
                                  .subid = odd,
                                  .status = " Approve ",
                                  .tid = "t" + odd,
                                  .campaign = "c" + odd,
                                  .payout = "007.10",
                                  .cost = "-3",
                                  .currency = "uSd",
                                  .params = R"({"sub_id_1":"x"})",
                                  .due_at = 1'234});
  const auto found = row(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->tracker, "t " + odd);
  EXPECT_EQ(found->subid, odd);
  EXPECT_EQ(found->status, " Approve ");
  EXPECT_EQ(found->tid, "t" + odd);
  EXPECT_EQ(found->campaign, "c" + odd);
  EXPECT_EQ(found->payout, GetParam().keeps_spelling ? "007.10" : "7.10");
  EXPECT_EQ(found->cost, "-3");
  EXPECT_EQ(found->currency, "uSd");
  EXPECT_EQ(found->params, GetParam().keeps_spelling ? R"({"sub_id_1":"x"})" : R"({"sub_id_1": "x"})");
  EXPECT_EQ(found->due_at, wall_time(1'234));
  EXPECT_GT(core::unix_millis(found->created_at), 1'600'000'000'000);
  EXPECT_EQ(found->attempts, 0);
  EXPECT_EQ(found->strikes, 0);
}

TEST_P(StoreConformance, ATextKeepsItsNulBytes) {
  if (!GetParam().keeps_spelling) GTEST_SKIP() << "its texts hold no NUL";
  using namespace std::string_literals;
  const auto id = world_->insert({.subid = "a\0b"s, .tid = "\0"s});
  const auto found = row(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->subid, "a\0b"s);
  EXPECT_EQ(found->tid, "\0"s);

  take_in(sale_of(id), "a\0b"s);
  EXPECT_TRUE(ledger("a\0b"s));
  EXPECT_FALSE(ledger("a"));
}

TEST_P(StoreConformance, WhatIsAbsentInARowReadsAsNone) {
  const auto found = row(world_->insert({}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tid, "");
  EXPECT_EQ(found->campaign, "");
  EXPECT_EQ(found->payout, std::nullopt);
  EXPECT_EQ(found->cost, std::nullopt);
  EXPECT_EQ(found->currency, std::nullopt);
  EXPECT_EQ(found->params, std::nullopt);
  EXPECT_EQ(found->due_at, core::WallTime{});
}

TEST_P(StoreConformance, ARowIsReadOnlyWhileItIsPendingAndWaitsForNoOther) {
  const auto first = world_->insert({});
  const auto second = world_->insert({});
  block(second, first);
  EXPECT_TRUE(row(first));
  EXPECT_FALSE(row(second));
  record(delivered(first));
  EXPECT_FALSE(row(first));
  EXPECT_FALSE(row({second.value + 1}));
}

TEST_P(StoreConformance, ARowIsToldOfTheFirstOtherOfItsClickThatIsScheduledOrParked) {
  const auto a = world_->insert({});
  const auto b = world_->insert({});
  const auto c = world_->insert({.due_at = 500});
  const auto d = world_->insert({});
  world_->insert({.tracker = "other", .due_at = 500});
  world_->insert({.subid = "click2", .due_at = 500});
  EXPECT_EQ(other_waiting(), c.value);
  EXPECT_EQ(loaded_row(c)->other_waiting, std::nullopt) << "it is the only one";
  block(d, a);
  EXPECT_EQ(other_waiting(), c.value);
  EXPECT_EQ(loaded_row(c)->other_waiting, d);
  block(b, a);
  EXPECT_EQ(loaded_row(c)->other_waiting, b);
  EXPECT_EQ(other_waiting(), b.value);
  EXPECT_EQ(other_waiting("nobody"), std::nullopt);
}

TEST_P(StoreConformance, ATrackerHasPendingRowsAsLongAsOneIsFreshScheduledOrParked) {
  EXPECT_FALSE(has_pending());
  const auto fresh_row = world_->insert({});
  EXPECT_TRUE(has_pending());
  EXPECT_FALSE(has_pending("other"));
  world_->cancel(fresh_row);
  EXPECT_FALSE(has_pending());
  const auto scheduled = world_->insert({.due_at = 500});
  EXPECT_TRUE(has_pending());
  record(delivered(scheduled));
  EXPECT_FALSE(has_pending());
  const auto blocked = world_->insert({});
  block(blocked, scheduled);
  EXPECT_TRUE(has_pending());
}

}  // namespace keitaro_outbox::store_tests
