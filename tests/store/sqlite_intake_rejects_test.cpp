#include "sqlite/intake/sqlite_intake_rejects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sqlite/admin/pruner.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using ports::Replayed;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const core::WallTime kNow = core::wall_time(1'800'000'000'000);

Conversion conversion(const std::string& subid, const std::string& event_id = "") {
  Conversion made;
  made.subid = subid;
  made.status = "sale";
  made.event_id = event_id;
  return made;
}

class SqliteIntakeRejectsTest : public testing::Test {
 protected:
  SqliteIntakeRejectsTest() {
    sql().run(
        "INSERT INTO intake_rejects (received_at, source, method, query, body, reason, resolved_at) VALUES"
        " (1000, 'net', 'GET', 'status=9', NULL, 'the status is unknown', NULL),"
        " (2000, 'net', 'POST', '', 'status=9', 'the status is unknown', NULL),"
        " (3000, 'far', 'GET', 'subid=', NULL, 'no subid', NULL),"
        " (4000, 'net', 'GET', 'status=9', NULL, 'the status is unknown', 5000)");
  }

  Sql& sql() { return database_.sql(); }
  std::string resolved_ids() {
    return sql().text("SELECT group_concat(id) FROM intake_rejects WHERE resolved_at IS NOT NULL");
  }
  std::vector<std::int64_t> ids(const std::vector<ports::IntakeReject>& rejects) {
    std::vector<std::int64_t> ids;
    for (const ports::IntakeReject& reject : rejects) ids.push_back(reject.id);
    return ids;
  }

  TempDatabase database_;
  sqlite::SqliteIntakeRejects rejects_{database_.path()};
};

TEST_F(SqliteIntakeRejectsTest, TheUnresolvedOnesAreCountedGroupedAndListed) {
  EXPECT_EQ(rejects_.count_open(), 3);
  const auto groups = rejects_.groups();
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].source, "net");
  EXPECT_EQ(groups[0].count, 2);
  EXPECT_EQ(core::unix_millis(groups[0].first_at), 1000);
  EXPECT_EQ(core::unix_millis(groups[0].last_at), 2000);
  EXPECT_EQ(groups[0].newest_id, 2);
  EXPECT_EQ(groups[1].reason, "no subid");
  EXPECT_THAT(ids(rejects_.newest(2)), ElementsAre(3, 2));
  EXPECT_THAT(ids(rejects_.open_after(1, 10)), ElementsAre(2, 3));
  EXPECT_EQ(rejects_.find(2)->body, "status=9");
  EXPECT_EQ(rejects_.find(2)->resolved_at, std::nullopt);
  EXPECT_EQ(rejects_.find(4)->resolved_at, core::wall_time(5000));
  EXPECT_EQ(rejects_.find(9), std::nullopt);
}

TEST_F(SqliteIntakeRejectsTest, ARejectBecomesARowAndIsResolvedAtOnce) {
  EXPECT_EQ(rejects_.resolve(1, conversion("a", "net:1"), kNow).kind, Replayed::Kind::added);
  EXPECT_EQ(rejects_.resolve(2, conversion("b", "net:1"), kNow).kind, Replayed::Kind::already_there);
  EXPECT_EQ(rejects_.resolve(1, conversion("c"), kNow).kind, Replayed::Kind::gone);
  EXPECT_EQ(rejects_.resolve(4, conversion("c"), kNow).kind, Replayed::Kind::gone);
  EXPECT_THAT(sql().lines("SELECT subid FROM outbox"), ElementsAre("a"));
  EXPECT_EQ(resolved_ids(), "1,2,4");
}

TEST_F(SqliteIntakeRejectsTest, OneThatStillBreaksARuleStaysAsItWas) {
  const Replayed replayed = rejects_.resolve(1, conversion(""), kNow);
  EXPECT_EQ(replayed.kind, Replayed::Kind::rejected);
  EXPECT_EQ(replayed.reason, "subid must have 1 to 255 characters");
  EXPECT_EQ(resolved_ids(), "4");
  rejects_.set_reason(1, replayed.reason);
  EXPECT_EQ(rejects_.find(1)->reason, replayed.reason);
}

TEST_F(SqliteIntakeRejectsTest, OneThatAsksToBeIgnoredIsResolvedWithoutARow) {
  EXPECT_TRUE(rejects_.resolve(3, kNow));
  EXPECT_FALSE(rejects_.resolve(3, kNow));
  EXPECT_EQ(resolved_ids(), "3,4");
  EXPECT_THAT(sql().lines("SELECT subid FROM outbox"), IsEmpty());
}

TEST_F(SqliteIntakeRejectsTest, OldOnesArePrunedResolvedOrNot) {
  sqlite::Pruner counting(database_.path(), {.dry_run = true});
  EXPECT_EQ(counting.rejects(core::wall_time(3000))->rejects, 2);
  sqlite::Pruner pruner(database_.path(), {});
  EXPECT_EQ(pruner.rejects(core::wall_time(3000))->rejects, 2);
  EXPECT_EQ(pruner.rejects(core::wall_time(3000)), std::nullopt);
  EXPECT_EQ(sql().text("SELECT group_concat(id) FROM intake_rejects"), "3,4");
}

TEST_F(SqliteIntakeRejectsTest, ARowThatATriggerTakesAwayIsStillRejected) {
  sql().run("CREATE TRIGGER own BEFORE INSERT ON outbox BEGIN SELECT RAISE(IGNORE); END");
  for (const std::string event_id : {"", "net:1"}) {
    const Replayed replayed = rejects_.resolve(1, conversion("a", event_id), kNow);
    EXPECT_EQ(replayed.kind, Replayed::Kind::rejected);
    EXPECT_THAT(replayed.reason, testing::HasSubstr("a trigger on outbox left no row"));
  }
  EXPECT_EQ(rejects_.count_open(), 3);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
