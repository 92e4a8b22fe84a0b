#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/embedded_sql.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::sqlite {

static void PrintTo(const EmbeddedStatement& statement, std::ostream* out) {
  *out << statement.name;
}

}  // namespace keitaro_outbox::sqlite

namespace keitaro_outbox::store_tests {
namespace {

using sqlite::EmbeddedStatement;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The only statements that may read a whole table, and why.
const std::map<std::string, std::string, std::less<>> kMayScan{
    {"schema_objects", "the schema's own table, once at a start"},
    {"identity_page", "the same"},
    {"schema_sql", "the same, for a person who checks"},
    {"schema_columns", "the columns of one table, for the same"},
    {"schema_strict", "the list of tables, for the same"},
    {"triggers_of_others", "the schema's own table, once after each change of it"},
    {"prune_referenced", "the same, once in each step of pruning"},
    {"prune_known_time", "the last thousand rows, once in each walk of pruning"},
    {"bring_back", "a few hundred rows that an index gave, where a clock was ahead"},
    {"migrations_applied", "a row for each release, once at a start"},
    {"paused_trackers", "a row for each tracker that was ever paused or in trouble"},
    {"open_breakers", "the same, once at a start"},
    {"forget_breakers", "the same, once at a start"},
    {"read_newest", "walks back from the newest row, no further than the limit where nothing is filtered"},
    {"read_pending", "walks the indexes of pending rows, for a person who asked; finished rows are not read"},
    {"page_pending", "the same, for a backlog that is small: page_pending_count tells"},
    {"page_pending_count", "the same indexes, no further than its limit"},
    {"recent_rows", "walks back from the newest row, no further than its limit"},
    {"recent_attempts", "the same, of the failed attempts"},
    {"backlog_trackers", "a row for each tracker that is paused or has been in trouble"},
    {"rejects_count_open", "a small index: what the front door could not make a row of, and nobody mended"},
    {"rejects_groups", "the same index"},
    {"rejects_newest", "walks back from the newest reject, for a person who asked"},
    {"read_row_of_tracker", "a person named a tracker that no index knows"},
    {"read_click",
     "a person asks for one click; an index by click over all rows would halve the speed of the whole"},
    {"verdict_rows", "walks back from the newest row, for a person who asked"},
    {"read_conversions", "the same, for a click whose tracker was not named"},
};

/// The only statements that may sort or group what they found, and why.
const std::map<std::string, std::string, std::less<>> kMaySort{
    {"backlog_failed", "a group for each tracker, of an index that is small"},
    {"verdict_rows_doubtful", "the few rows that are in doubt, for a person who asked"},
    {"backlog_inserted", "a group for each tracker, of what came in a second"},
};

class QueryPlan : public testing::TestWithParam<EmbeddedStatement> {};

std::vector<std::string> plan_of(Sql& sql, std::string_view text) {
  std::vector<std::string> steps;
  for (const std::string& line : sql.lines("EXPLAIN QUERY PLAN " + std::string(text))) {
    steps.push_back(line.substr(line.rfind('|') + 1));
  }
  return steps;
}

TEST_P(QueryPlan, ReadsNoTableAsAWhole) {
  TempDatabase database;
  const bool may_scan = kMayScan.contains(GetParam().name);
  const bool may_sort = may_scan || kMaySort.contains(GetParam().name);
  bool scans = false;
  for (const std::string& step : plan_of(database.sql(), GetParam().text)) {
    const bool whole_table = step.starts_with("SCAN ") && step != "SCAN CONSTANT ROW";
    const bool sorted = step.find("TEMP B-TREE") != std::string::npos;
    scans |= whole_table;
    EXPECT_TRUE((may_scan || !whole_table) && (may_sort || !sorted)) << step;
  }
  EXPECT_EQ(scans, may_scan) << "an exception must be named, and needed";
}

INSTANTIATE_TEST_SUITE_P(All, QueryPlan, testing::ValuesIn(sqlite::sql::all_statements),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

class QueryPlanOf : public testing::Test {
 protected:
  std::vector<std::string> plan(std::string_view text) { return plan_of(database_.sql(), text); }

  /// Whether a run reads a column of the table itself, beside what the index holds. (The plan says COVERING
  /// only where no term of the partial index is named.)
  bool reads_the_table(std::string_view text) {
    Sql& sql = database_.sql();
    const std::string root = sql.text("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'");
    std::string cursor;
    for (const std::string& line : sql.lines("EXPLAIN " + std::string(text))) {
      std::vector<std::string> fields;
      for (std::size_t at = 0; at != std::string::npos;) {
        const std::size_t end = line.find('|', at);
        fields.push_back(line.substr(at, end == std::string::npos ? end : end - at));
        at = end == std::string::npos ? end : end + 1;
      }
      // addr | opcode | p1 | p2 | …
      if (fields[1] == "OpenRead" && fields[3] == root) cursor = fields[2];
      if (fields[1] == "Column" && !cursor.empty() && fields[2] == cursor) return true;
    }
    return false;
  }

  TempDatabase database_;
};

TEST_F(QueryPlanOf, LoadingStatementsSeekInTheReadyIndexAlone) {
  namespace sql = sqlite::sql;
  EXPECT_THAT(plan(sql::fresh),
              ElementsAre("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at=? AND id>?)"));
  EXPECT_THAT(plan(sql::due),
              ElementsAre("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at>? AND due_at<?)"));
  EXPECT_THAT(plan(sql::next_due),
              ElementsAre("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at>?)"));
  EXPECT_THAT(plan(sql::next_tracker), ElementsAre("SEARCH outbox USING INDEX outbox_ready (tracker>?)"));
  for (const std::string_view text : {sql::fresh, sql::due, sql::next_due, sql::next_tracker}) {
    EXPECT_FALSE(reads_the_table(text)) << text;
  }
}

TEST_F(QueryPlanOf, WaitingStatementsSeekInTheWaitingIndexAlone) {
  namespace sql = sqlite::sql;
  EXPECT_THAT(plan(sql::load_row),
              ElementsAre("SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)", "CORRELATED SCALAR SUBQUERY 1",
                          "SEARCH waiting USING INDEX outbox_waiting (tracker=? AND subid=?)"));
  EXPECT_THAT(plan(sql::ledger_entry),
              ElementsAre("SEARCH conversions USING PRIMARY KEY (tracker=? AND subid=? AND tid=?)"));
  EXPECT_THAT(plan(sql::bring_back),
              testing::Contains("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at>?)"));
  EXPECT_THAT(plan(sql::next_waiting_click),
              ElementsAre("SEARCH outbox USING INDEX outbox_waiting ((tracker,subid)>(?,?))"));
  EXPECT_THAT(plan(sql::unblock_next),
              testing::Contains("SEARCH outbox USING INDEX outbox_waiting (tracker=? AND subid=?)"));
  EXPECT_FALSE(reads_the_table(sql::next_waiting_click));
}

TEST_F(QueryPlanOf, WalksSeekToWhereTheyHaveComeTo) {
  namespace sql = sqlite::sql;
  const std::string ready = "SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at";
  const std::string waiting = "SEARCH outbox USING INDEX outbox_waiting (tracker=? AND subid";
  for (const std::string_view same : {sql::explainable_due_same, sql::backlog_ready_same})
    EXPECT_THAT(plan(same), ElementsAre(ready + "=? AND id>?)")) << same;
  for (const std::string_view next : {sql::explainable_due_next, sql::backlog_ready_next})
    EXPECT_THAT(plan(next), ElementsAre(ready + ">?)")) << next;
  EXPECT_THAT(plan(sql::backlog_behind_same), ElementsAre(waiting + "=? AND id>?)"));
  EXPECT_THAT(plan(sql::backlog_behind_next), ElementsAre(waiting + ">?)"));
}

TEST_F(QueryPlanOf, WhetherATrackerHasPendingRowsIsTwoSeeks) {
  EXPECT_THAT(plan(sqlite::sql::has_pending),
              testing::IsSupersetOf({"SEARCH outbox USING INDEX outbox_ready (tracker=?)",
                                     "SEARCH outbox USING INDEX outbox_waiting (tracker=?)"}));
  EXPECT_FALSE(reads_the_table(sqlite::sql::has_pending));
}

TEST_F(QueryPlanOf, WhatIsLookedAtEverySecondSeeksInSmallIndexes) {
  namespace sql = sqlite::sql;
  EXPECT_THAT(plan(sql::backlog_failed),
              testing::Contains("SEARCH outbox USING COVERING INDEX outbox_undelivered (state=?)"));
  EXPECT_THAT(plan(sql::backlog_failed_reasons),
              ElementsAre("SEARCH outbox USING INDEX outbox_undelivered (state=?)"));
  EXPECT_THAT(plan(sql::backlog_next_waiting_tracker),
              ElementsAre("SEARCH outbox USING INDEX outbox_waiting (tracker>?)"));
  EXPECT_THAT(plan(sql::backlog_inserted),
              testing::Contains("SEARCH outbox USING INTEGER PRIMARY KEY (rowid>?)"));
  EXPECT_THAT(
      plan(sql::backlog_waiting),
      testing::Each(testing::AnyOf(HasSubstr("CONSTANT ROW"), HasSubstr("SCALAR SUBQUERY"),
                                   HasSubstr("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at"),
                                   HasSubstr("SEARCH outbox USING INDEX outbox_waiting (tracker=?)"))));
}

TEST_F(QueryPlanOf, ListsOfRowsThatAreNotDeliveredReadNoOthers) {
  namespace sql = sqlite::sql;
  EXPECT_THAT(plan(sql::read_undelivered_since),
              ElementsAre("SEARCH outbox USING INDEX outbox_undelivered (state=? AND id>?)"));
  EXPECT_THAT(plan(sql::read_undelivered_newest),
              ElementsAre("SEARCH outbox USING INDEX outbox_undelivered (state=?)"));
  EXPECT_THAT(plan(sql::read_pending), testing::IsSupersetOf({"SCAN outbox USING INDEX outbox_ready",
                                                              "SCAN outbox USING INDEX outbox_waiting"}));
}

TEST_F(QueryPlanOf, AStatementThatReadsTheTableIsToldApart) {
  EXPECT_TRUE(reads_the_table(sqlite::sql::load_row)) << "else the checks above could not fail";
}

TEST_F(QueryPlanOf, TriggersReleaseByTheWaitingIndex) {
  // EXPLAIN QUERY PLAN does not show what triggers do: their own statement is asked.
  const std::string trigger =
      database_.sql().text("SELECT sql FROM sqlite_master WHERE name = 'outbox_deleted'");
  std::string update = trigger.substr(trigger.find("UPDATE outbox"));
  update.resize(update.find(';'));
  for (std::size_t at = 0; (at = update.find("OLD.", at)) != std::string::npos;) update.replace(at, 4, ":");
  EXPECT_THAT(plan(update),
              testing::Contains("SEARCH outbox USING INDEX outbox_waiting (tracker=? AND subid=?)"));
}

TEST_F(QueryPlanOf, PlansStayTheSameAfterAnalyze) {
  Sql& sql = database_.sql();
  sql.run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
      " INSERT INTO outbox (tracker, subid, status, due_at, state)"
      " SELECT 't' || (i % 3), hex(randomblob(10)), 'sale', iif(i % 10 = 0, i, 0), iif(i % 2 = 0, "
      "'delivered', 'pending')"
      "   FROM n;"
      "ANALYZE;");
  for (const EmbeddedStatement& statement : sqlite::sql::all_statements) {
    if (kMayScan.contains(statement.name)) continue;
    for (const std::string& step : plan_of(sql, statement.text)) {
      EXPECT_FALSE(step.starts_with("SCAN outbox")) << statement.name << ": " << step;
    }
  }
  EXPECT_THAT(plan(sqlite::sql::fresh),
              ElementsAre("SEARCH outbox USING INDEX outbox_ready (tracker=? AND due_at=? AND id>?)"));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
