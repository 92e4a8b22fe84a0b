#include "delivery/queue/flight_budget.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::delivery {
namespace {

constexpr bool kRepeatable = true;

FlightBudget with_in_flight(int requests) {
  FlightBudget budget(4);
  for (int i = 0; i < requests; ++i) budget.on_sent();
  return budget;
}

TEST(FlightBudget, WhatIsInFlightCountsAmongWhatACrashRepeats) {
  const FlightBudget budget = with_in_flight(3);
  EXPECT_EQ(budget.repeated(), 3);
  EXPECT_EQ(budget.room(), 5) << "twice what may be in flight, less what is";
}

TEST(FlightBudget, AnAnswerCountsUntilItIsCommitted) {
  FlightBudget budget = with_in_flight(3);
  budget.on_ended();
  budget.on_outcome(kRepeatable);
  EXPECT_EQ(budget.in_flight(), 2);
  EXPECT_EQ(budget.repeated(), 3);
  budget.on_committed(kRepeatable);
  EXPECT_EQ(budget.repeated(), 2);
}

TEST(FlightBudget, AnAnswerThatIsKeptElsewhereIsNotRepeated) {
  FlightBudget budget = with_in_flight(3);
  budget.on_ended();
  budget.on_taken_in(true);
  budget.on_outcome(!kRepeatable);
  EXPECT_EQ(budget.repeated(), 2);
}

TEST(FlightBudget, WhereAnswersAreKeptWhatWaitsAtTheTransportIsNotRepeated) {
  FlightBudget budget(8);
  budget.on_gate_told(2);
  for (int i = 0; i < 6; ++i) budget.on_sent();
  EXPECT_EQ(budget.repeated(), 6) << "it may begin one after another before we hear of it";
  budget.on_taken_in(true);
  EXPECT_EQ(budget.repeated(), 2);
  budget.on_taken_in(false);
  EXPECT_EQ(budget.repeated(), 6);
}

TEST(FlightBudget, ThereIsNoRoomForMoreThanAPowerCutMayRepeat) {
  FlightBudget budget(4);
  for (int i = 0; i < 15; ++i) budget.on_outcome(!kRepeatable);
  EXPECT_EQ(budget.room(), 1);
  EXPECT_FALSE(budget.commits_are_behind());
  budget.on_outcome(!kRepeatable);
  EXPECT_EQ(budget.room(), 0);
  EXPECT_TRUE(budget.commits_are_behind());
  budget.set_commits_overlap(2);
  EXPECT_EQ(budget.room(), 8) << "where commits take long, twice as much may wait for them";
}

TEST(FlightBudget, ItIsAtRestWhenNothingIsInFlightOrUncommitted) {
  FlightBudget budget(4);
  EXPECT_TRUE(budget.at_rest());
  budget.on_sent();
  EXPECT_FALSE(budget.at_rest());
  budget.on_not_started();
  EXPECT_TRUE(budget.at_rest());
  budget.on_outcome(!kRepeatable);
  EXPECT_FALSE(budget.at_rest());
}

}  // namespace
}  // namespace keitaro_outbox::delivery
