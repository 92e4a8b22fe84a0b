#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::OutboxId;
using core::wall_time;
using testing::ElementsAre;

TEST_P(StoreConformance, WhatTheTrackerTookInIsKeptByTrackerSubidAndTid) {
  EXPECT_FALSE(ledger());
  core::LedgerEntry entry = sale_of({11});
  entry.postback.sent_status = "approve";
  entry.postback.payout = core::Amount::parse("12.50");
  entry.postback.cost = core::Amount::parse("-0.0001");
  entry.postback.currency = "USD";
  entry.postback.params = R"({"sub_id_1":"x"})";
  take_in(entry, "click", "t1");

  const auto found = ledger("click", "t1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->postback.status, core::Status::sale);
  EXPECT_EQ(found->postback.sent_status, "approve");
  EXPECT_EQ(found->postback.payout, core::Amount::parse("12.5"));
  EXPECT_EQ(found->postback.cost, core::Amount::parse("-0.0001"));
  EXPECT_EQ(found->postback.currency, "USD");
  EXPECT_EQ(found->postback.params, R"({"sub_id_1":"x"})");
  EXPECT_EQ(found->outbox_id, OutboxId{11});
  EXPECT_FALSE(found->rebilled_by);
  EXPECT_FALSE(ledger("click", ""));
  EXPECT_FALSE(ledger("click", "t1", "other"));
  EXPECT_FALSE(ledger("another", "t1"));
}

TEST_P(StoreConformance, ALaterPostbackReplacesTheOneBeforeAndLeavesNothingOfIt) {
  core::LedgerEntry entry = sale_of({1});
  entry.postback.payout = core::Amount::parse("5");
  entry.postback.currency = "usd";
  entry.postback.params = R"({"a":"b"})";
  take_in(entry);
  core::LedgerEntry later = sale_of({2});
  later.postback.status = core::Status::rejected;
  later.postback.sent_status = "rejected";
  take_in(later);
  const auto found = ledger();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->postback.status, core::Status::rejected);
  EXPECT_EQ(found->postback.payout, std::nullopt);
  EXPECT_EQ(found->postback.currency, "");
  EXPECT_EQ(found->postback.params, "");
  EXPECT_EQ(found->outbox_id, OutboxId{2});
}

TEST_P(StoreConformance, ARebillOnceTakenInIsNeverForgotten) {
  core::LedgerEntry rebill = sale_of({1});
  rebill.postback.status = core::Status::rebill;
  rebill.rebilled_by = {1};
  take_in(rebill);
  take_in(sale_of({2}));
  const auto found = ledger();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->postback.status, core::Status::sale);
  EXPECT_EQ(found->rebilled_by, OutboxId{1});
}

TEST_P(StoreConformance, EachFailedAttemptIsKept) {
  const auto id = world_->insert({});
  const ports::FailedAttempt attempts[] = {
      {id, 1, wall_time(1'000), core::Millis{25}, 503, "HTTP 503", "down"},
      {id, 2, wall_time(2'000), core::Millis{10'000}, std::nullopt, "no answer", std::nullopt}};
  store_.begin_write();
  std::vector<ports::OutcomeRecord> records;
  for (const ports::FailedAttempt& attempt : attempts)
    records.push_back({.click = {}, .id = id, .failure = &attempt});
  store_.record(records, {});
  store_.commit();
  EXPECT_THAT(world_->failed_attempts(id),
              ElementsAre("1|1000|25|503|HTTP 503|down", "2|2000|10000|NULL|no answer|NULL"));
}

TEST_P(StoreConformance, RowsOfAnUnknownTrackerAreExplainedInSteps) {
  std::vector<OutboxId> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(world_->insert({.tracker = "nowhere"}));
  for (int i = 0; i < 5; ++i) rows.push_back(world_->insert({.tracker = "nowhere", .due_at = 100}));
  rows.push_back(world_->insert({.tracker = "nowhere", .due_at = 50}));
  const auto elsewhere = world_->insert({});
  const auto cancelled = world_->insert({.tracker = "nowhere"});
  world_->cancel(cancelled);

  std::optional<OutboxId> after = OutboxId{};
  int steps = 0;
  for (OutboxId position; after; ++steps) {
    ASSERT_LT(steps, 20);
    store_.begin_write();
    after = store_.explain_waiting("nowhere", position, "no tracker named nowhere", 2);
    store_.commit();
    if (after) position = *after;
  }
  for (const OutboxId id : rows) EXPECT_EQ(seen(id).reason, "no tracker named nowhere");
  EXPECT_EQ(seen(elsewhere).reason, std::nullopt);
  EXPECT_EQ(seen(cancelled).reason, std::nullopt);
  EXPECT_GE(steps, 6);
}

TEST_P(StoreConformance, ALaterRowOfAnUnknownTrackerIsExplainedFromWhereTheLastStepEnded) {
  const auto first = world_->insert({.tracker = "nowhere"});
  store_.begin_write();
  EXPECT_EQ(store_.explain_waiting("nowhere", {}, "why", 10), first);
  EXPECT_EQ(store_.explain_waiting("nowhere", first, "why", 10), std::nullopt);
  store_.commit();
  const auto second = world_->insert({.tracker = "nowhere"});
  store_.begin_write();
  EXPECT_EQ(store_.explain_waiting("nowhere", first, "why", 10), second);
  store_.commit();
  EXPECT_EQ(seen(second).reason, "why");
}

}  // namespace keitaro_outbox::store_tests
