#include "sqlite/intake/sqlite_intake_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "intake_items.hpp"
#include "ports/outbox_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using intake_items::item;
using intake_items::word_of;
using ports::IntakeItem;
using ports::IntakeOutcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

IntakeItem broken(const std::string& rule) {
  IntakeItem made = item("x");
  made.conversion.reset();
  made.broken_rule = rule;
  return made;
}

class SqliteIntakeStoreTest : public testing::Test {
 protected:
  std::vector<std::string> commit(const std::vector<IntakeItem>& group) {
    std::vector<std::string> said;
    for (const IntakeOutcome& outcome : store_.commit(group, 2s, std::nullopt))
      said.push_back(word_of(outcome));
    return said;
  }
  std::vector<std::string> rows() { return sql().lines("SELECT subid FROM outbox ORDER BY id"); }
  Sql& sql() { return database_.sql(); }

  TempDatabase database_;
  sqlite::SqliteIntakeStore store_{database_.path()};
};

TEST_F(SqliteIntakeStoreTest, AGroupIsKeptInItsOrderAndEachRowToldItsOwnOutcome) {
  sql().run("INSERT INTO outbox (subid, status, event_id) VALUES ('old', 'sale', 'net:1')");
  EXPECT_THAT(commit({item("a"), item("b", "net:1"), item(std::string(256, 's')), broken("status is unknown"),
                      item("c", "net:2"), item("d", "net:2")}),
              ElementsAre("stored", "known", "subid must have 1 to 255 characters", "status is unknown",
                          "stored", "known"));
  EXPECT_THAT(rows(), ElementsAre("old", "a", "c"));
  EXPECT_THAT(sql().lines("SELECT received_at, source, method, length(query), body, reason, resolved_at "
                          "FROM intake_rejects ORDER BY id"),
              ElementsAre("1800000000000|net|GET|262|NULL|subid must have 1 to 255 characters|NULL",
                          "1800000000000|net|GET|7|NULL|status is unknown|NULL"));
}

TEST_F(SqliteIntakeStoreTest, TheApplicationsTriggerTurnsAwayItsRowAlone) {
  for (const std::string how : {"ABORT", "FAIL", "ROLLBACK"}) {
    sql().run(
        "DELETE FROM outbox; DELETE FROM intake_rejects; DROP TRIGGER IF EXISTS own;"
        "CREATE TABLE IF NOT EXISTS seen (subid TEXT);"
        "CREATE TRIGGER own AFTER INSERT ON outbox WHEN NEW.subid LIKE 'bad%' BEGIN "
        "INSERT INTO seen VALUES (NEW.subid); SELECT RAISE(" +
        how + ", 'not on Sundays'); END");
    EXPECT_THAT(commit({item("a"), item("bad"), item("b"), item("bad too"), item("c")}),
                ElementsAre("stored", "the database turned it away: not on Sundays", "stored",
                            "the database turned it away: not on Sundays", "stored"))
        << how;
    EXPECT_THAT(rows(), ElementsAre("a", "b", "c")) << how;
    EXPECT_EQ(sql().number("SELECT count(*) FROM intake_rejects"), 2) << how;
    EXPECT_THAT(sql().lines("SELECT * FROM seen"), IsEmpty())
        << how << " leaves no traces of its half-done work";
  }
}

TEST_F(SqliteIntakeStoreTest, ARowThatATriggerTakesAwayWithoutAWordIsARejectAndNoKnownEvent) {
  const std::string reason =
      "the database turned it away: a trigger on outbox left no row and gave no reason";
  for (const std::string trigger : {"BEFORE INSERT ON outbox WHEN NEW.subid LIKE 'bad%' BEGIN "
                                    "SELECT RAISE(IGNORE); END",
                                    "AFTER INSERT ON outbox WHEN NEW.subid LIKE 'bad%' BEGIN "
                                    "DELETE FROM outbox WHERE id = NEW.id; END"}) {
    sql().run(
        "DELETE FROM outbox; DELETE FROM intake_rejects; DROP TRIGGER IF EXISTS own; CREATE TRIGGER own " +
        trigger);
    EXPECT_THAT(commit({item("a", "net:1"), item("bad"), item("bad", "net:2"), item("b", "net:1")}),
                ElementsAre("stored", reason, reason, "known"))
        << trigger;
    EXPECT_THAT(rows(), ElementsAre("a")) << trigger;
    EXPECT_EQ(sql().number("SELECT count(*) FROM intake_rejects"), 2) << trigger;
  }
}

TEST_F(SqliteIntakeStoreTest, ATriggerThatFailsAtOneRowTurnsAwayThatRowAlone) {
  sql().run(
      "CREATE TABLE seen (name TEXT); CREATE TRIGGER own AFTER INSERT ON outbox BEGIN "
      "INSERT INTO seen VALUES (json_extract(NEW.tid, '$.name')); END");
  IntakeItem bad = item("b");
  bad.conversion->tid = "no json";
  EXPECT_THAT(commit({item("a"), bad, item("c")}),
              ElementsAre("stored", "the database turned it away: malformed JSON", "stored"));
  EXPECT_THAT(rows(), ElementsAre("a", "c"));
}

TEST_F(SqliteIntakeStoreTest, ATriggerOnTheRejectsHarmsNoGoodCall) {
  for (const std::string how :
       {"SELECT RAISE(ABORT, 'no')", "SELECT RAISE(FAIL, 'no')", "SELECT RAISE(ROLLBACK, 'no')",
        "SELECT RAISE(IGNORE)", "INSERT INTO nowhere VALUES (1)"}) {
    sql().run(
        "DELETE FROM outbox; DROP TRIGGER IF EXISTS own;"
        "CREATE TRIGGER own BEFORE INSERT ON intake_rejects BEGIN " +
        how + "; END");
    sqlite::SqliteIntakeStore opened_now(database_.path());
    for (sqlite::SqliteIntakeStore* store : {&store_, &opened_now}) {
      const auto outcomes =
          store->commit(std::vector<IntakeItem>{item("a"), item(""), broken("status is unknown"), item("b")},
                        2s, std::nullopt);
      ASSERT_EQ(outcomes.size(), 4U) << how;
      EXPECT_EQ(word_of(outcomes[0]), "stored") << how;
      EXPECT_THAT(word_of(outcomes[1]), StartsWith("not kept: subid must have 1 to 255 characters; and "
                                                   "intake_rejects did not take it"))
          << how;
      EXPECT_THAT(word_of(outcomes[2]), StartsWith("not kept: status is unknown; and")) << how;
      EXPECT_EQ(word_of(outcomes[3]), "stored") << how;
    }
    EXPECT_THAT(rows(), ElementsAre("a", "b", "a", "b")) << how;
  }
  sql().run("DROP TRIGGER own");
  EXPECT_THAT(commit({broken("status is unknown")}), ElementsAre("status is unknown"));
}

TEST_F(SqliteIntakeStoreTest, ALockThatLastsIsToldAndNothingIsKept) {
  sql().run("BEGIN IMMEDIATE");
  try {
    store_.commit(std::vector<IntakeItem>{item("a")}, 10ms, std::nullopt);
    FAIL() << "the lock was ignored";
  } catch (const ports::StoreError& error) {
    EXPECT_EQ(error.kind(), ports::StoreError::Kind::busy);
  }
  sql().run("COMMIT");
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_THAT(commit({item("a")}), ElementsAre("stored"));
}

TEST_F(SqliteIntakeStoreTest, ASpoolsPositionIsCommittedWithItsRows) {
  EXPECT_FALSE(store_.spool_position("s1"));
  store_.commit(std::vector<IntakeItem>{item("a")}, 2s, ports::SpoolPosition{"s1", 100});
  store_.commit(std::vector<IntakeItem>{item("b")}, 2s, ports::SpoolPosition{"s1", 200});
  sql().run("BEGIN IMMEDIATE");
  EXPECT_THROW(store_.commit(std::vector<IntakeItem>{item("c")}, 0ms, ports::SpoolPosition{"s1", 300}),
               ports::StoreError);
  sql().run("COMMIT");
  EXPECT_FALSE(store_.spool_position("s2"));
  const auto position = store_.spool_position("s1");
  ASSERT_TRUE(position);
  EXPECT_EQ(position->spool_id, "s1");
  EXPECT_EQ(position->taken, 200);
  EXPECT_THAT(rows(), ElementsAre("a", "b"));
}

TEST_F(SqliteIntakeStoreTest, ADatabaseWithoutTheSchemaIsRefused) {
  Sql empty(database_.dir().file("empty.db"));
  empty.run("CREATE TABLE orders (a)");
  EXPECT_THROW(sqlite::SqliteIntakeStore(database_.dir().file("empty.db")), ports::StoreError);
}

TEST_F(SqliteIntakeStoreTest, ADatabaseThatWasReplacedIsOpenedAgain) {
  EXPECT_THAT(commit({item("old")}), ElementsAre("stored"));
  for (const std::string end : {"", "-wal", "-shm"})
    std::filesystem::rename(database_.path() + end, database_.path() + ".old" + end);
  EXPECT_THROW(store_.commit(std::vector{item("nowhere")}, 2s, std::nullopt), ports::StoreError);
  TempDatabase other;
  other.sql().run("VACUUM INTO " + quoted(database_.path()));
  EXPECT_THAT(commit({item("new")}), ElementsAre("stored"));
  Sql now(database_.path());
  EXPECT_THAT(now.lines("SELECT subid FROM outbox"), ElementsAre("new"));
}

/// This thread may do to files what others may: where root runs the tests, it may do anything.
class AsNobody {
 public:
  AsNobody() : before_(::setfsuid(::geteuid() == 0 ? kNobody : ::geteuid())) {}
  ~AsNobody() { ::setfsuid(static_cast<uid_t>(before_)); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  int before_;
};

TEST_F(SqliteIntakeStoreTest, ALogThatCouldNotBeWrittenIsOpenedAgain) {
  using std::filesystem::perms;
  commit({item("a")});
  const auto permit = [&](const std::string& end, int mode) {
    std::filesystem::permissions(database_.path() + end, static_cast<perms>(mode));
  };
  std::filesystem::permissions(database_.dir().path(), static_cast<perms>(0777));
  permit("", 0666);
  permit("-shm", 0666);
  permit("-wal", 0444);
  std::optional<sqlite::SqliteIntakeStore> store;
  {
    const AsNobody nobody;
    store.emplace(database_.path());
    EXPECT_THROW(store->commit(std::vector{item("no")}, 2s, std::nullopt), ports::StoreError);
  }
  permit("-wal", 0666);
  const AsNobody nobody;
  EXPECT_EQ(word_of(store->commit(std::vector{item("b")}, 2s, std::nullopt).at(0)), "stored");
  EXPECT_THAT(rows(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
