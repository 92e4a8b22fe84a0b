#include "sqlite/readback/sqlite_read_back_store.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"
#include "sqlite/admin/pruner.hpp"
#include "sqlite/admin/row_admin.hpp"
#include "sqlite/read/row_reader.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using core::Verdict;
using core::WallTime;

class ReadBackStoreTest : public testing::Test {
 protected:
  void conversion(const std::string& subid, int outbox_id, const std::string& check_at,
                  const std::string& verdict = "unchecked") {
    database_.sql().run(
        "INSERT INTO outbox (id, subid, status, state, finished_at) VALUES (" + std::to_string(outbox_id) +
        ", '" + subid +
        "', 'sale', 'delivered', 100);"
        "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, currency, outbox_id, "
        "taken_in_at, first_taken_in_at, check_at, verdict) VALUES ('default', '" +
        subid + "', '', 'sale', 'sale', '12.5', 'usd', " + std::to_string(outbox_id) + ", 100, 90, " +
        check_at + ", '" + verdict + "')");
  }
  std::string verdict_of(const std::string& subid) {
    return database_.sql().text("SELECT verdict FROM conversions WHERE subid = '" + subid + "'");
  }
  static std::vector<ports::ConcludedConversion> all(const std::vector<core::SentConversion>& sent,
                                                     const core::Conclusion& conclusion) {
    std::vector<ports::ConcludedConversion> out;
    for (const auto& one : sent) out.push_back({one, conclusion});
    return out;
  }

  TempDatabase database_;
  sqlite::SqliteReadBackStore store_{database_.path(), 5s};
};

TEST_F(ReadBackStoreTest, GivesWhatIsDueOldestFirstWithAllThatWasSent) {
  conversion("late", 1, "300");
  conversion("first", 2, "100");
  conversion("never", 3, "NULL");
  conversion("second", 4, "200");
  const auto due = store_.due("default", core::wall_time(250), 10);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].subid, "first");
  EXPECT_EQ(due[1].subid, "second");
  EXPECT_EQ(due[0].payout->text(), "12.5");
  EXPECT_EQ(due[0].currency, "usd");
  EXPECT_EQ(due[0].outbox_id, core::OutboxId{2});
  EXPECT_EQ(due[0].taken_in_at, core::wall_time(100));
  EXPECT_EQ(due[0].first_taken_in_at, core::wall_time(90));
  EXPECT_EQ(due[0].check_at, core::wall_time(100));
  EXPECT_FALSE(due[0].looked_at);
  EXPECT_EQ(store_.due("default", core::wall_time(250), 1).size(), 1U);
  EXPECT_TRUE(store_.due("another", core::wall_time(250), 1).empty());
  EXPECT_EQ(store_.next_check("default"), core::wall_time(100));
  EXPECT_FALSE(store_.next_check("another"));
}

TEST_F(ReadBackStoreTest, WritesConclusions) {
  conversion("a", 1, "100");
  conversion("b", 2, "100");
  auto due = store_.due("default", core::wall_time(100), 10);
  EXPECT_EQ(
      store_.write("default", all({due[0]}, {Verdict::recorded, "", std::nullopt}), core::wall_time(500)), 1);
  EXPECT_EQ(store_.write("default", all({due[1]}, {Verdict::unchecked, "not yet", core::wall_time(900)}),
                         core::wall_time(500)),
            1);
  EXPECT_EQ(verdict_of("a"), "recorded");
  EXPECT_EQ(store_.next_check("default"), core::wall_time(900));
  due = store_.due("default", core::wall_time(900), 10);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].note, "not yet");
  EXPECT_EQ(due[0].looked_at, core::wall_time(500));
}

TEST_F(ReadBackStoreTest, LeavesAloneWhatTheTrackerHasTakenInAnotherPostbackOfSince) {
  conversion("a", 1, "100");
  const auto due = store_.due("default", core::wall_time(100), 10);
  database_.sql().run("UPDATE conversions SET outbox_id = 7");
  EXPECT_EQ(store_.write("default", all(due, {Verdict::absent, "x", std::nullopt}), core::wall_time(500)), 0);
  EXPECT_EQ(verdict_of("a"), "unchecked");
}

TEST_F(ReadBackStoreTest, ATriggerOfTheApplicationThatFailsKeepsNoVerdictFromBeingWritten) {
  conversion("a", 1, "100");
  database_.sql().run(
      "CREATE TRIGGER mine BEFORE UPDATE ON conversions BEGIN SELECT RAISE(ABORT, 'no'); END;");
  EXPECT_EQ(store_.write("default",
                         all(store_.due("default", core::wall_time(100), 10), {Verdict::recorded, "", {}}),
                         core::wall_time(500)),
            1);
  EXPECT_EQ(verdict_of("a"), "recorded");
}

TEST_F(ReadBackStoreTest, KnowsAfterARestartWhenTheKeyLastShowedOneOfOurs) {
  EXPECT_FALSE(store_.shown_at("default"));
  store_.note_shown("default", core::wall_time(100));
  store_.note_shown("default", core::wall_time(200));
  sqlite::SqliteReadBackStore other(database_.path(), 5s);
  EXPECT_EQ(other.shown_at("default"), core::wall_time(200));
  EXPECT_FALSE(other.shown_at("another"));
}

TEST_F(ReadBackStoreTest, AsksAfterOlderOnesWhenWished) {
  conversion("never", 1, "NULL");
  conversion("unknown", 2, "NULL", "unknowable");
  conversion("recorded", 3, "NULL", "recorded");
  conversion("waits", 4, "900");
  const std::vector<core::LedgerKey> keys{{"never", ""}, {"unknown", ""}, {"recorded", ""}, {"waits", ""}};
  EXPECT_EQ(store_.ask("default", keys, core::wall_time(500)), 2);
  EXPECT_EQ(store_.due("default", core::wall_time(500), 10).size(), 2U);
}

TEST_F(ReadBackStoreTest, WalksThroughTheLedgerAndCountsWhatIsInDoubt) {
  conversion("a", 1, "NULL", "absent");
  conversion("b", 2, "NULL", "recorded");
  conversion("c", 3, "NULL", "absent");
  const auto first = store_.walk("default", {}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].verdict, Verdict::absent);
  EXPECT_EQ(store_.walk("default", {"b", ""}, 2).size(), 1U);
  EXPECT_EQ(store_.in_doubt("default")[static_cast<std::size_t>(Verdict::absent)], 2);
  EXPECT_TRUE(store_.find("default", {"a", ""}));
  EXPECT_FALSE(store_.find("default", {"a", "t"}));
}

TEST_F(ReadBackStoreTest, RowsAreListedAndSentAgainByVerdict) {
  conversion("a", 1, "NULL", "absent");
  conversion("b", 2, "NULL", "recorded");
  conversion("c", 3, "NULL", "absent");
  sqlite::RowReader reader(database_.path());
  ports::RowFilter filter;
  filter.verdict = Verdict::absent;
  auto rows = reader.rows(filter);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].subid, "c") << "the newest first";
  filter.verdict = Verdict::recorded;
  EXPECT_EQ(reader.rows(filter).size(), 1U);
  ports::WalkFilter walk;
  walk.verdict = Verdict::absent;
  EXPECT_EQ(reader.rows_after(core::kBeforeAllRows, walk, 10).size(), 2U);
  sqlite::RowAdmin admin(database_.path());
  ports::RowFilterForAdmin again;
  again.states = {core::State::delivered};
  again.verdict = Verdict::absent;
  EXPECT_EQ(admin.count_for_retry(again), 2);
  EXPECT_EQ(admin.retry(again, std::nullopt), 2);
  EXPECT_EQ(database_.sql().number("SELECT count(*) FROM outbox WHERE state = 'pending'"), 2);
  EXPECT_EQ(admin.count_for_retry(again), 0) << "they are on their way";
}

TEST_F(ReadBackStoreTest, WhatIsToBeAskedAfterIsKeptUntilItIs48HoursOld) {
  database_.sql().run(
      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at, check_at) "
      "SELECT 'default', value, 'sale', 'sale', 1, CAST((julianday('now') - 2440587.5) * 86400000 AS "
      "INTEGER) - value * 3600000, "
      "iif(value = 3, NULL, 1) FROM json_each('[1, 3, 50]')");
  sqlite::Pruner pruner(database_.path(), {});
  while (pruner.conversions(ports::wall_now() - 30min)) {
  }
  EXPECT_EQ(database_.sql().lines("SELECT subid FROM conversions"), std::vector<std::string>{"1"});
}

TEST_F(ReadBackStoreTest, KnowsThatAnotherDatabaseHasTakenItsPlace) {
  EXPECT_FALSE(store_.is_of_another_database());
  std::rename(database_.path().c_str(), (database_.path() + ".old").c_str());
  EXPECT_TRUE(store_.is_of_another_database());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
