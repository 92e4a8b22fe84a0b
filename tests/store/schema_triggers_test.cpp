#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

/// In a file of each text encoding.
class SchemaTriggers : public testing::TestWithParam<std::string> {
 protected:
  /// Three rows of one click: the first to be sent, the others behind it.
  void insert_a_queue() {
    sql().run(
        "INSERT INTO outbox (id, subid, status, waits_for)"
        " VALUES (1, 'click', 'lead', NULL), (2, 'click', 'sale', 1), (3, 'click', 'rejected', 2)");
  }
  std::vector<std::string> waiting() { return sql().lines("SELECT id, waits_for FROM outbox ORDER BY id"); }
  Sql& sql() { return database_.sql(); }

  TempDatabase database_{"PRAGMA encoding = '" + GetParam() + "'"};
};

TEST_P(SchemaTriggers, TheFactsOfARowCannotBeChanged) {
  sql().run("INSERT INTO outbox (subid, status, event_id) VALUES ('click', 'lead', 'e')");
  for (const std::string change :
       {"id = 9", "tracker = 'x'", "campaign = 'x'", "subid = 'x'", "status = 'sale'", "tid = 'x'",
        "payout = '1'", "cost = '1'", "currency = 'usd'", "params = '{}'", "event_id = 'x'",
        "event_id = NULL", "created_at = 1"}) {
    EXPECT_THAT(sql().error_of("UPDATE outbox SET " + change),
                StartsWith("the facts of an outbox row cannot be changed"))
        << change;
  }
  EXPECT_EQ(sql().error_of("UPDATE outbox SET subid = 'click', status = 'lead'"), "")
      << "nothing would change";
}

TEST_P(SchemaTriggers, StateAndTimeCanBeChanged) {
  sql().run("INSERT INTO outbox (subid, status) VALUES ('click', 'lead')");
  EXPECT_EQ(sql().error_of("UPDATE outbox SET due_at = 5, state = 'cancelled'"), "");
  EXPECT_EQ(sql().error_of("UPDATE outbox SET due_at = 0, state = 'pending'"), "");
}

TEST_P(SchemaTriggers, ARowSentAgainStartsWithACleanSheet) {
  for (const std::string state : {"delivered", "duplicate", "refused", "dead", "cancelled"}) {
    sql().run(
        "DELETE FROM outbox;"
        "INSERT INTO outbox (subid, status, state, attempts, strikes, reason, finished_at, waits_for, "
        "http_status)"
        " VALUES ('click', 'lead', '" +
        state + "', 7, 5, 'why', 123, 1, 500); UPDATE outbox SET state = 'pending', due_at = 0;");
    EXPECT_THAT(
        sql().lines(
            "SELECT state, attempts, strikes, reason, finished_at, waits_for, http_status FROM outbox"),
        ElementsAre("pending|7|0|NULL|NULL|NULL|500"))
        << state;
  }
}

TEST_P(SchemaTriggers, APendingRowGivenItsOwnStateKeepsItsStrikes) {
  sql().run("INSERT INTO outbox (subid, status, strikes, reason) VALUES ('click', 'lead', 3, 'HTTP 503')");
  sql().run("UPDATE outbox SET state = 'pending', due_at = 0");
  EXPECT_THAT(sql().lines("SELECT strikes, reason FROM outbox"), ElementsAre("3|HTTP 503"));
}

TEST_P(SchemaTriggers, ARowThatIsGivenNoTimeStaysAmongThoseThatWaitForTheirTime) {
  sql().run(
      "INSERT INTO outbox (id, subid, status, due_at) VALUES (1, 'a', 'lead', 900), (2, 'b', 'lead', 0)");
  sql().run("UPDATE outbox SET due_at = 0 WHERE id = 1");
  EXPECT_THAT(sql().lines("SELECT id, due_at FROM outbox ORDER BY id"), ElementsAre("1|1", "2|0"));
  sql().run("UPDATE outbox SET state = 'cancelled', due_at = 0");
  EXPECT_THAT(sql().lines("SELECT id, due_at FROM outbox ORDER BY id"), ElementsAre("1|0", "2|0"));
}

TEST_P(SchemaTriggers, CancellingReleasesTheClicksNextRowAndSetsTheTime) {
  insert_a_queue();
  sql().run("UPDATE outbox SET state = 'cancelled' WHERE id = 1");
  EXPECT_THAT(waiting(), ElementsAre("1|NULL", "2|NULL", "3|2"));
  EXPECT_GT(sql().number("SELECT finished_at FROM outbox WHERE id = 1"), 1'600'000'000'000);
}

TEST_P(SchemaTriggers, CancellingAParkedRowLeavesThoseBehindItAbleToGoOn) {
  insert_a_queue();
  sql().run("UPDATE outbox SET state = 'cancelled' WHERE id = 2");
  EXPECT_THAT(waiting(), ElementsAre("1|NULL", "2|NULL", "3|NULL"))
      << "loading parks it again behind the first";
}

TEST_P(SchemaTriggers, CancellingAWholeClickLeavesNothingWaiting) {
  insert_a_queue();
  sql().run("UPDATE outbox SET state = 'cancelled' WHERE subid = 'click'");
  EXPECT_THAT(waiting(), ElementsAre("1|NULL", "2|NULL", "3|NULL"));
}

TEST_P(SchemaTriggers, DeletingReleasesTheClicksNextRow) {
  insert_a_queue();
  sql().run("DELETE FROM outbox WHERE id = 1");
  EXPECT_THAT(waiting(), ElementsAre("2|NULL", "3|2"));
}

TEST_P(SchemaTriggers, DeletingAFinishedRowReleasesNothing) {
  insert_a_queue();
  sql().run(
      "UPDATE outbox SET state = 'delivered', finished_at = 5 WHERE id = 1; DELETE FROM outbox WHERE id = 1");
  EXPECT_THAT(waiting(), ElementsAre("2|1", "3|2"));
}

TEST_P(SchemaTriggers, AnotherClickOrTrackerIsNotReleased) {
  sql().run(
      "INSERT INTO outbox (id, tracker, subid, status, waits_for) VALUES (1, 'default', 'click', 'lead', "
      "NULL),"
      " (2, 'other', 'click', 'sale', 1), (3, 'default', 'click2', 'sale', 1)");
  sql().run("UPDATE outbox SET state = 'cancelled' WHERE id = 1");
  EXPECT_THAT(waiting(), ElementsAre("1|NULL", "2|1", "3|1"));
}

TEST_P(SchemaTriggers, TheWorkersOwnFinishLeavesReleasingToIt) {
  insert_a_queue();
  sql().run("UPDATE outbox SET state = 'delivered', finished_at = 5 WHERE id = 1");
  EXPECT_THAT(waiting(), ElementsAre("1|NULL", "2|1", "3|2"));
  EXPECT_EQ(sql().number("SELECT finished_at FROM outbox WHERE id = 1"), 5);
}

TEST_P(SchemaTriggers, TheStatusViewCountsEachTrackersStatesWithTheAgeOfTheOldestPendingRow) {
  sql().run(
      "INSERT INTO outbox (tracker, subid, status, state, created_at)"
      " SELECT 'b', 'x', 'sale', 'pending', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - "
      "60000"
      "   FROM (VALUES (1), (2));"
      "INSERT INTO outbox (tracker, subid, status, state) VALUES ('b', 'x', 'sale', 'dead'), ('a', 'x', "
      "'sale', 'pending')");
  EXPECT_THAT(sql().lines("SELECT tracker, state, rows FROM outbox_status"),
              ElementsAre("a|pending|1", "b|dead|1", "b|pending|2"));
  EXPECT_EQ(sql().text("SELECT oldest_pending_seconds IS NULL FROM outbox_status WHERE state = 'dead'"), "1");
  EXPECT_THAT(
      sql().number(
          "SELECT oldest_pending_seconds FROM outbox_status WHERE tracker = 'b' AND state = 'pending'"),
      testing::AllOf(testing::Ge(60), testing::Lt(120)));
}

INSTANTIATE_TEST_SUITE_P(Encodings, SchemaTriggers, testing::Values("UTF-8", "UTF-16le", "UTF-16be"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace keitaro_outbox::store_tests
