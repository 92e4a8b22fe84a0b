#include "sqlite/read/backlog_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using sqlite::BacklogReader;
using testing::ElementsAre;
using testing::Pair;

constexpr core::Millis kPlenty{60'000};
constexpr core::WallTime kNow{core::Millis{1'000'000}};

class BacklogReaderTest : public testing::Test {
 protected:
  Sql& sql() { return database_.sql(); }
  TempDatabase database_;
};

TEST_F(BacklogReaderTest, CountsEachPendingRowOnce) {
  sql().run(
      "INSERT INTO outbox (subid, status, created_at, due_at, attempts, waits_for) VALUES"
      " ('fresh', 'sale', 7000, 0, 0, NULL), ('fresh2', 'sale', 8000, 0, 0, NULL), ('max_in_flight', 'sale', "
      "5000, "
      "1, 3, NULL),"
      " ('due', 'sale', 1, 6000, 2, NULL), ('scheduled', 'sale', 1, 2000000, 0, NULL), ('backoff', 'sale', "
      "1, 1500000, 2, NULL),"
      " ('behind', 'sale', 1, 0, 0, 1), ('behind_later', 'sale', 1, 3000000, 0, 1);"
      "INSERT INTO outbox (tracker, subid, status, waits_for) VALUES ('only_behind', 's', 'sale', 1)");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  const ports::StatusSnapshot& snapshot = reader.look(kNow, kPlenty);
  const ports::Waiting& waiting = snapshot.waiting.at("default");
  EXPECT_EQ(waiting.due, 4);
  EXPECT_EQ(waiting.later, 2);
  EXPECT_EQ(waiting.behind, 2);
  EXPECT_EQ(waiting.oldest_due_at, core::wall_time(5000)) << "due_at of 1 means from the start";
  EXPECT_EQ(waiting.next_at, core::wall_time(1'500'000));
  EXPECT_EQ(snapshot.waiting.at("only_behind").behind, 1);
  const ports::PendingDetails& details = reader.pending().of.at("default");
  EXPECT_EQ(details.scheduled, 1);
  EXPECT_EQ(details.in_backoff, 1);
  EXPECT_EQ(details.next_retry_at, core::wall_time(1'500'000)) << "not that of a row that is due again";
  EXPECT_EQ(details.oldest_created_at, core::wall_time(1));
}

TEST_F(BacklogReaderTest, SumsMoneyExactlyByCurrency) {
  sql().run(
      "INSERT INTO outbox (subid, status, payout, currency, due_at, waits_for) VALUES ('a', 'sale', '0.1', "
      "'usd', 0, NULL),"
      " ('b', 'sale', '0.2', 'USD', 5, NULL), ('c', 'sale', '12.3456', 'eur', 0, 1), ('d', 'sale', '-1', "
      "NULL, 0, NULL),"
      " ('e', 'sale', NULL, 'gbp', 0, NULL);"
      "INSERT INTO outbox (subid, status, payout, currency, state) VALUES ('f', 'sale', '99', 'usd', "
      "'delivered')");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  reader.look(kNow, kPlenty);
  std::map<std::string, std::string> sums;
  for (const auto& [currency, sum] : reader.pending().of.at("default").payout) sums[currency] = sum.text();
  EXPECT_THAT(sums, ElementsAre(Pair("", "-1"), Pair("eur", "12.3456"), Pair("usd", "0.3")));
}

TEST_F(BacklogReaderTest, CountsFinishedRowsAndSaysWhyTheyFailed) {
  sql().run(
      "INSERT INTO outbox (subid, status, state, reason) VALUES ('a', 'sale', 'delivered', NULL), ('b', "
      "'sale', 'delivered', 'odd'),"
      " ('c', 'sale', 'duplicate', 'same'), ('d', 'sale', 'dead', 'HTTP 422; given up after attempt 3 of 3'),"
      " ('e', 'sale', 'dead', NULL), ('f', 'sale', 'cancelled', NULL);"
      "INSERT INTO outbox (tracker, subid, status, state, reason) VALUES ('other', 'g', 'sale', 'refused', "
      "'no')");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  const ports::StatusSnapshot& snapshot = reader.look(kNow, kPlenty);
  EXPECT_THAT(snapshot.failed, ElementsAre(Pair(Pair("default", core::State::dead), 2),
                                           Pair(Pair("other", core::State::refused), 1)));
  const auto reasons = snapshot.failed_reasons.at({"default", core::State::dead}).top(5);
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0].text, "HTTP 422");
  EXPECT_EQ(reasons[1].text, "no reason is given");
  EXPECT_THAT(reader.finished().of.at("default").rows, ElementsAre(0, 2, 1, 0, 2, 1));
  EXPECT_EQ(reader.finished().of.at("default").marked, 1);
  EXPECT_FALSE(reader.pass_under_way());
}

TEST_F(BacklogReaderTest, APassInManyPartsFindsWhatOnePassFinds) {
  sql().run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
      " INSERT INTO outbox (tracker, subid, status, payout, currency, due_at, waits_for, state)"
      " SELECT 't' || (i % 3), 's' || (i % 7), 'sale', '1.5', 'usd', iif(i % 4 = 0, 7, 0), iif(i % 5 = 0, 1, "
      "NULL),"
      "        iif(i % 2 = 0, 'pending', 'delivered') FROM n");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  reader.look(kNow, core::Millis{0});
  EXPECT_TRUE(reader.pass_under_way());
  int parts = 1;
  for (; reader.pass_under_way() && parts < 1000; ++parts) reader.carry_on(core::Millis{0});
  EXPECT_GT(parts, 10);
  for (const std::string tracker : {"t0", "t1", "t2"}) {
    EXPECT_EQ(reader.pending().of.at(tracker).payout.at("usd").text(), "1500");
    EXPECT_THAT(reader.finished().of.at(tracker).rows, ElementsAre(0, 1000, 0, 0, 0, 0));
  }
}

TEST_F(BacklogReaderTest, TellsWhatCameSinceTheLastLook) {
  sql().run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  EXPECT_TRUE(reader.look(kNow, kPlenty).inserted.empty());
  sql().run(
      "INSERT INTO outbox (subid, status, tracker, state) VALUES ('b', 'sale', 'x', 'pending'), ('c', "
      "'sale', 'x', 'dead')");
  const ports::StatusSnapshot& snapshot = reader.look(kNow, kPlenty);
  EXPECT_THAT(snapshot.inserted, ElementsAre(Pair("x", 2)));
  EXPECT_EQ(snapshot.waiting.at("x").due, 1);
  EXPECT_EQ(snapshot.failed.size(), 1U);
  EXPECT_TRUE(reader.look(kNow, kPlenty).inserted.empty());
}

TEST_F(BacklogReaderTest, OldestDueIsTheFirstThatCouldHaveBeenSent) {
  BacklogReader reader(database_.path(), ports::BacklogScope::pending_only);
  const auto oldest = [&](const std::string& values) {
    sql().run("INSERT INTO outbox (subid, status, due_at, created_at) VALUES " + values);
    return reader.look(kNow, kPlenty).waiting.at("default").oldest_due_at;
  };
  EXPECT_EQ(oldest("('a', 'sale', 2000000, 1)"), std::nullopt) << "its time is still to come";
  EXPECT_EQ(oldest("('b', 'sale', 900, 1)"), core::wall_time(900)) << "it was scheduled for then";
  EXPECT_EQ(oldest("('c', 'sale', 1, 800)"), core::wall_time(800)) << "a time of 1 means now";
  EXPECT_EQ(oldest("('d', 'sale', 0, 700)"), core::wall_time(700));
}

TEST_F(BacklogReaderTest, ForMetricsPendingRowsAreReadAgainAfterEachCommitAndNoOthers) {
  sql().run(
      "INSERT INTO outbox (subid, status, payout, currency, state, reason) VALUES"
      " ('a', 'sale', '1', 'usd', 'pending', NULL), ('b', 'sale', '2', 'usd', 'dead', 'no')");
  BacklogReader reader(database_.path(), ports::BacklogScope::pending_only);
  const auto payout = [&] {
    const ports::StatusSnapshot& snapshot = reader.look(kNow, kPlenty);
    EXPECT_TRUE(snapshot.failed.empty());
    EXPECT_FALSE(reader.pass_under_way());
    return reader.pending().of.at("default").payout.at("usd").text();
  };
  EXPECT_EQ(payout(), "1");
  sql().run("INSERT INTO outbox (subid, status, payout, currency) VALUES ('c', 'sale', '0.5', 'usd')");
  EXPECT_EQ(payout(), "1.5");
  EXPECT_TRUE(reader.finished().of.empty());
}

TEST_F(BacklogReaderTest, ARowWhoseTimeComesIsDueThoughNothingWasCommitted) {
  sql().run("INSERT INTO outbox (subid, status, due_at) VALUES ('a', 'sale', 1000500)");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  EXPECT_EQ(reader.look(kNow, kPlenty).waiting.at("default").due, 0);
  EXPECT_EQ(reader.look(kNow + core::Millis{500}, kPlenty).waiting.at("default").due, 1);
}

TEST_F(BacklogReaderTest, ReadsHowTrackersDo) {
  sql().run(
      "INSERT INTO outbox_trackers (tracker, paused_at, breaker, breaker_at, next_try_at, reason)"
      " VALUES ('a', 5, 'open', 6, 7, 'HTTP 503'), ('b', NULL, 'closed', NULL, NULL, NULL)");
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  const auto& conditions = reader.look(kNow, kPlenty).conditions;
  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_EQ(conditions[0].paused_at, core::wall_time(5));
  EXPECT_EQ(conditions[0].breaker, "open");
  EXPECT_EQ(conditions[0].breaker_at, core::wall_time(6));
  EXPECT_EQ(conditions[0].next_try_at, core::wall_time(7));
  EXPECT_EQ(conditions[0].reason, "HTTP 503");
  EXPECT_EQ(conditions[1].breaker, "closed");
}

TEST_F(BacklogReaderTest, KeepsNoCheckpointWaitingBetweenLooks) {
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  sql().run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')");
  reader.look(kNow, kPlenty);
  sql().run("INSERT INTO outbox (subid, status) VALUES ('b', 'sale')");
  EXPECT_THAT(sql().lines("PRAGMA wal_checkpoint(TRUNCATE)"), ElementsAre("0|0|0"));
}

TEST_F(BacklogReaderTest, NoticesAnotherFileInThePlaceOfItsOwn) {
  TempDatabase other;
  BacklogReader reader(database_.path(), ports::BacklogScope::everything);
  EXPECT_FALSE(reader.is_of_another_database());
  std::filesystem::rename(other.path(), database_.path());
  EXPECT_TRUE(reader.is_of_another_database());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
