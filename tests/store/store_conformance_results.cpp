#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::State;
using core::wall_time;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, AFinishedRowHasItsStateAnswerReasonAndTime) {
  struct Case {
    State state;
    std::string reason;
  };
  for (const Case& c :
       {Case{State::delivered, ""}, Case{State::duplicate, "nothing would change"},
        Case{State::refused, "sale to lead is no move"}, Case{State::dead, "HTTP 400; 3 tries"}}) {
    const auto id = world_->insert({.subid = std::string(core::name_of(c.state))});
    ports::RowResult result = delivered(id);
    result.state = c.state;
    result.reason = c.reason;
    result.attempts = 3;
    result.strikes = 2;
    EXPECT_TRUE(record(result));
    const SeenRow after = seen(id);
    EXPECT_EQ(after.state, c.state);
    EXPECT_EQ(after.attempts, 3);
    EXPECT_EQ(after.strikes, 2);
    EXPECT_EQ(after.sent_as, "sale");
    EXPECT_EQ(after.http_status, 200);
    EXPECT_EQ(after.response, "OK");
    EXPECT_EQ(after.reason, c.reason.empty() ? std::nullopt : std::optional(c.reason));
    EXPECT_EQ(after.finished_at, 7'000);
  }
}

TEST_P(StoreConformance, ARetryKeepsTheRowPendingUntilItsNewTime) {
  const auto id = world_->insert({});
  EXPECT_TRUE(record(retry_at(id, 9'000)));
  const SeenRow after = seen(id);
  EXPECT_EQ(after.state, State::pending);
  EXPECT_EQ(after.due_at, 9'000);
  EXPECT_EQ(after.attempts, 1);
  EXPECT_EQ(after.strikes, 1);
  EXPECT_EQ(after.http_status, 503);
  EXPECT_EQ(after.reason, "HTTP 503");
  EXPECT_EQ(after.finished_at, std::nullopt);
  EXPECT_THAT(fresh(), IsEmpty());
  EXPECT_THAT(due(9'000), ElementsAre(id.value));
  EXPECT_EQ(other_waiting(), id.value);
  const auto again = row(id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->attempts, 1);
  EXPECT_EQ(again->strikes, 1);
}

TEST_P(StoreConformance, RefusalsAreKeptBesideStrikes) {
  const auto id = world_->insert({});
  ports::RowResult result = retry_at(id, 1);
  for (const auto& [strikes, refusals] : {std::pair{1, 0}, {7, 2}, {999, 999}}) {
    ++result.attempts;
    result.strikes = strikes;
    result.refusals = refusals;
    EXPECT_TRUE(record(result));
    const auto found = row(id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->strikes, strikes);
    EXPECT_EQ(found->refusals, refusals);
    EXPECT_EQ(seen(id).strikes, strikes);
  }
}

TEST_P(StoreConformance, AnAnswerThatNeverCameClearsTheOneBefore) {
  const auto id = world_->insert({});
  record(retry_at(id, 9'000));
  ports::RowResult lost = retry_at(id, 9'500);
  lost.attempts = 2;
  lost.http_status = std::nullopt;
  lost.response = std::nullopt;
  lost.reason = "no answer";
  record(lost);
  EXPECT_EQ(seen(id).http_status, std::nullopt);
  EXPECT_EQ(seen(id).response, std::nullopt);
  EXPECT_EQ(seen(id).attempts, 2);
}

TEST_P(StoreConformance, AVerdictWithoutARequestLeavesTheLastAnswerAndStatusAlone) {
  const auto id = world_->insert({});
  record(retry_at(id, 9'000));
  ports::RowResult refused;
  refused.id = id;
  refused.state = State::refused;
  refused.attempts = 1;
  refused.reason = "unknown status";
  refused.now = wall_time(9'100);
  EXPECT_TRUE(record(refused));
  const SeenRow after = seen(id);
  EXPECT_EQ(after.state, State::refused);
  EXPECT_EQ(after.http_status, 503);
  EXPECT_EQ(after.response, "down");
  EXPECT_EQ(after.sent_as, "sale");
  EXPECT_EQ(after.finished_at, 9'100);
}

TEST_P(StoreConformance, AResponseIsKeptUpTo300CharactersOfValidText) {
  const auto id = world_->insert({});
  ports::RowResult result = delivered(id);
  result.response = std::string(299, 'x') + "яяя\xff";
  record(result);
  EXPECT_EQ(seen(id).response, std::string(299, 'x') + "я");
}

TEST_P(StoreConformance, ARowCancelledWhileBeingSentStaysCancelledAndTellsWhatCame) {
  struct Case {
    State result;
    std::optional<int> http_status;
    std::string reason;
  };
  const Case cases[] = {
      {State::delivered, 200,
       "cancelled while it was being sent; the tracker answered HTTP 200 and took it in"},
      {State::pending, 503, "cancelled while it was being sent; the tracker answered HTTP 503"},
      {State::pending, std::nullopt, "cancelled while it was being sent; no answer came"},
  };
  for (const Case& c : cases) {
    const auto id = world_->insert({});
    world_->cancel(id);
    const auto cancelled_at = seen(id).finished_at;
    ports::RowResult result = delivered(id);
    result.state = c.result;
    result.due_at = wall_time(9'000);
    result.http_status = c.http_status;
    EXPECT_FALSE(record(result));
    const SeenRow after = seen(id);
    EXPECT_EQ(after.state, State::cancelled);
    EXPECT_EQ(after.attempts, 1);
    EXPECT_EQ(after.http_status, c.http_status);
    EXPECT_EQ(after.reason, c.reason);
    EXPECT_EQ(after.due_at, 0);
    EXPECT_EQ(after.finished_at, cancelled_at);
  }
}

TEST_P(StoreConformance, AnOutcomeWrittenTwiceStandsAsItWasWrittenOnce) {
  const auto id = world_->insert({});
  const ports::RowResult result = delivered(id);
  EXPECT_TRUE(record(result));
  const SeenRow once = seen(id);
  EXPECT_TRUE(record(result));
  const SeenRow twice = seen(id);
  EXPECT_EQ(twice.state, State::delivered);
  EXPECT_EQ(twice.reason, once.reason);
  EXPECT_EQ(twice.attempts, once.attempts);
}

TEST_P(StoreConformance, AnOutcomeWrittenTwiceDoesNotTakeBackThatTheRowIsSentAgain) {
  const auto id = world_->insert({});
  const ports::RowResult result = delivered(id);
  EXPECT_TRUE(record(result));
  world_->send_again(id);
  EXPECT_TRUE(record(result));
  EXPECT_EQ(seen(id).state, State::pending);
}

TEST_P(StoreConformance, AVerdictWithoutARequestOnACancelledRowWritesNothing) {
  const auto id = world_->insert({});
  world_->cancel(id);
  ports::RowResult result = delivered(id);
  result.requested = false;
  EXPECT_FALSE(record(result));
  EXPECT_EQ(seen(id).reason, std::nullopt);
  EXPECT_EQ(seen(id).attempts, 0);
}

TEST_P(StoreConformance, ARowDeletedWhileBeingSentIsPassedOver) {
  const auto id = world_->insert({});
  world_->remove(id);
  EXPECT_FALSE(record(delivered(id)));
  EXPECT_FALSE(world_->look(id));
}

TEST_P(StoreConformance, ARowSentAgainWhileItsAnswerIsUnderWayTakesTheAnswer) {
  const auto id = world_->insert({});
  world_->cancel(id);
  world_->send_again(id);
  EXPECT_TRUE(record(delivered(id)));
  EXPECT_EQ(seen(id).state, State::delivered);
}

TEST_P(StoreConformance, SendingAgainClearsStrikesAndReasonAndKeepsAttempts) {
  const auto id = world_->insert({});
  ports::RowResult dead = retry_at(id, 0);
  dead.state = State::dead;
  dead.attempts = 20;
  dead.strikes = 20;
  dead.refusals = 2;
  record(dead);
  world_->send_again(id);
  const SeenRow after = seen(id);
  EXPECT_EQ(after.state, State::pending);
  EXPECT_EQ(after.attempts, 20);
  EXPECT_EQ(after.strikes, 0);
  EXPECT_EQ(after.reason, std::nullopt);
  EXPECT_EQ(after.finished_at, std::nullopt);
  EXPECT_THAT(due(1'000), ElementsAre(id.value));
}

TEST_P(StoreConformance, ARowSentAgainIsInSightOfTheLaterRowsOfItsClick) {
  const auto id = world_->insert({});
  record(delivered(id));
  world_->send_again(id);
  const auto later = world_->insert({});
  EXPECT_THAT(fresh(), ElementsAre(later.value));
  EXPECT_EQ(loaded_row(later)->other_waiting, id) << "so that the later one is not sent before it";
}

}  // namespace keitaro_outbox::store_tests
