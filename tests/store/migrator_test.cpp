#include "sqlite/schema/migrator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "ports/outbox_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using ports::StoreError;
using sqlite::check_schema;
using sqlite::migrate;
using sqlite::Migration;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const int kNewest = static_cast<int>(sqlite::sql::all_migrations.size());

const std::string kSchemaFile = std::string(KEITARO_OUTBOX_SOURCE_DIR) + "/schema/outbox.sql";

std::vector<std::string> objects(Sql& sql) {
  return sql.lines("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name");
}

/// The message of the StoreError of kind `schema` that `work` throws.
template <typename Work>
std::string refusal(Work&& work) {
  try {
    work();
  } catch (const StoreError& error) {
    EXPECT_EQ(error.kind(), StoreError::Kind::schema) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return "nothing was refused";
}

/// Statement by statement, and on to the next one after a failure.
void run_as_the_shell_does(Sql& sql, const std::string& text) {
  std::istringstream lines(text);
  std::string statement;
  for (std::string line; std::getline(lines, line);) {
    statement += line + '\n';
    if (sqlite3_complete(statement.c_str()) == 0) continue;
    sql.error_of(statement);
    statement.clear();
  }
}

class MigratorTest : public testing::Test {
 protected:
  TempFolder dir_;
  Sql sql_{dir_.file("app.db")};
};

TEST_F(MigratorTest, AnEmptyFileGetsTheWholeSchema) {
  const auto report = migrate(sql_.handle());
  EXPECT_EQ(report.from, 0);
  EXPECT_EQ(report.to, kNewest);
  EXPECT_EQ(sql_.text("PRAGMA journal_mode"), "wal");
  EXPECT_NO_THROW(check_schema(sql_.handle()));
}

TEST_F(MigratorTest, TheSchemaFileGivesTheSameToTheByte) {
  migrate(sql_.handle());
  Sql by_file(dir_.file("by_file.db"));
  by_file.run(read_text(kSchemaFile));
  EXPECT_EQ(objects(by_file), objects(sql_));
  const std::string migrations = "SELECT version, name, checksum FROM outbox_migrations";
  EXPECT_EQ(by_file.lines(migrations), sql_.lines(migrations))
      << "the checksum in schema/outbox.sql is that of the migration";
  EXPECT_EQ(by_file.text("PRAGMA journal_mode"), "wal");
  EXPECT_NO_THROW(check_schema(by_file.handle()));
  EXPECT_EQ(migrate(by_file.handle()).from, kNewest);
}

TEST_F(MigratorTest, TheRecordedChecksumIsThatOfTheMigrationsFile) {
  migrate(sql_.handle());
  for (const Migration& migration : sqlite::sql::all_migrations) {
    const std::string version = std::to_string(migration.version);
    const std::string file = std::string(KEITARO_OUTBOX_SOURCE_DIR) + "/migrations/sqlite/000" + version +
                             "_" + std::string(migration.name) + ".sql";
    FILE* tool = popen(("sha256sum '" + file + "'").c_str(), "r");
    ASSERT_NE(tool, nullptr);
    std::array<char, 65> hex{};
    EXPECT_EQ(std::fread(hex.data(), 1, 64, tool), 64U);
    pclose(tool);
    EXPECT_EQ(sql_.text("SELECT checksum FROM outbox_migrations WHERE version = " + version), hex.data());
  }
}

TEST_F(MigratorTest, TwiceIsHarmlessAndTakesNoLock) {
  migrate(sql_.handle());
  sql_.run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')");
  const auto before = objects(sql_);
  Sql other(dir_.file("app.db"));
  other.run("BEGIN IMMEDIATE");
  const auto report = migrate(sql_.handle());
  EXPECT_EQ(report.from, kNewest);
  EXPECT_EQ(report.to, kNewest);
  EXPECT_EQ(objects(sql_), before);
  EXPECT_EQ(sql_.number("SELECT count(*) FROM outbox"), 1);
}

TEST_F(MigratorTest, AnApplicationsFileKeepsItsTablesRowsAndVersion) {
  sql_.run(
      "PRAGMA user_version = 42; PRAGMA application_id = 7;"
      "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, paid INTEGER);"
      "INSERT INTO orders (paid) VALUES (0), (1);"
      "CREATE TRIGGER orders_paid AFTER UPDATE ON orders BEGIN SELECT 1; END;");
  migrate(sql_.handle());
  EXPECT_EQ(sql_.number("PRAGMA user_version"), 42);
  EXPECT_EQ(sql_.number("PRAGMA application_id"), 7);
  EXPECT_EQ(sql_.number("SELECT count(*) FROM orders"), 2);
  EXPECT_EQ(sql_.number("SELECT count(*) FROM sqlite_master WHERE name IN ('orders', 'orders_paid')"), 2);
}

TEST_F(MigratorTest, AMigrationThatFailsInTheMiddleIsUndoneAndCanBeTriedAgain) {
  std::vector<Migration> migrations(sqlite::sql::all_migrations.begin(), sqlite::sql::all_migrations.end());
  const int next = static_cast<int>(migrations.size()) + 1;
  migrations.push_back({next, "more", "CREATE TABLE more (a); INSERT INTO orders VALUES (1);", "checksum"});
  EXPECT_THROW(migrate(sql_.handle(), migrations), StoreError);
  EXPECT_EQ(sql_.number("SELECT max(version) FROM outbox_migrations"), next - 1) << "those before it stand";
  EXPECT_EQ(sql_.number("SELECT count(*) FROM sqlite_master WHERE name = 'more'"), 0);

  sql_.run("CREATE TABLE orders (a)");
  const auto report = migrate(sql_.handle(), migrations);
  EXPECT_EQ(report.from, next - 1);
  EXPECT_EQ(report.to, next);
  EXPECT_EQ(sql_.number("SELECT count(*) FROM more"), 0);
  EXPECT_NO_THROW(check_schema(sql_.handle(), migrations));
}

TEST_F(MigratorTest, EachOlderSchemaIsMigratedWithItsRows) {
  for (int from = 1; from < kNewest; ++from) {
    Sql sql(dir_.file("from_" + std::to_string(from) + ".db"));
    migrate(sql.handle(), std::span(sqlite::sql::all_migrations).first(static_cast<std::size_t>(from)));
    sql.run(
        "INSERT INTO outbox (subid, status, tid, payout, params, event_id) "
        "VALUES ('a', 'sale', 't', '12.5', '{\"sub_id_1\":\"x\"}', 'e'), ('b', 'lead', NULL, NULL, NULL, "
        "NULL);"
        "UPDATE outbox SET state = 'delivered', finished_at = 5 WHERE id = 1;"
        "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, outbox_id, taken_in_at) "
        "VALUES ('default', 'a', 't', 'sale', 'sale', '12.5', 1, 5);"
        "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) "
        "VALUES (1, 1, 2, 3, 'no answer');");
    const std::vector<std::string> queries{
        "SELECT id, tracker, subid, status, tid, payout, params, event_id, state, finished_at FROM outbox",
        "SELECT tracker, subid, tid, status, sent_status, payout, outbox_id, taken_in_at FROM conversions",
        "SELECT outbox_id, attempt, started_at, latency_ms, error FROM delivery_attempts",
        "SELECT database_id FROM outbox_worker"};
    std::vector<std::vector<std::string>> before;
    for (const std::string& query : queries) before.push_back(sql.lines(query));

    const auto report = migrate(sql.handle());
    EXPECT_EQ(report.from, from);
    EXPECT_EQ(report.to, kNewest);
    for (std::size_t i = 0; i < queries.size(); ++i) EXPECT_EQ(sql.lines(queries[i]), before[i]);
    migrate(sql_.handle());
    EXPECT_EQ(objects(sql), objects(sql_)) << "from " << from;
    // Conversions that are there already are not asked after.
    EXPECT_EQ(sql.lines("SELECT verdict, check_at IS NULL, first_taken_in_at IS NULL FROM conversions"),
              std::vector<std::string>{"unchecked|1|1"});
  }
}

TEST_F(MigratorTest, TheFirstMigrationThatFailsLeavesNothing) {
  sql_.run("CREATE TABLE something (a); CREATE INDEX outbox_ready ON something (a);");
  const auto before = objects(sql_);
  EXPECT_THROW(migrate(sql_.handle()), StoreError);
  EXPECT_EQ(objects(sql_), before);
  sql_.run("DROP INDEX outbox_ready");
  EXPECT_EQ(migrate(sql_.handle()).to, kNewest);
}

TEST_F(MigratorTest, ANewerSchemaIsRefusedAndLeftAlone) {
  migrate(sql_.handle());
  const std::string later = std::to_string(kNewest + 1);
  sql_.run("INSERT INTO outbox_migrations VALUES (" + later + ", 'later', 'x', 0)");
  const auto expected = AllOf(HasSubstr("has schema version " + later +
                                        ", and this program knows none above " + std::to_string(kNewest)),
                              HasSubstr("use a newer keitaro-outbox"));
  EXPECT_THAT(refusal([&] { migrate(sql_.handle()); }), expected);
  EXPECT_THAT(refusal([&] { check_schema(sql_.handle()); }), expected);
}

TEST_F(MigratorTest, AnotherTextUnderTheSameVersionIsRefused) {
  migrate(sql_.handle());
  sql_.run("UPDATE outbox_migrations SET checksum = 'other'");
  EXPECT_THAT(refusal([&] { migrate(sql_.handle()); }), HasSubstr("was applied from another text"));
  EXPECT_THAT(refusal([&] { check_schema(sql_.handle()); }), HasSubstr("was applied from another text"));
}

TEST_F(MigratorTest, AnOlderSchemaIsToldToBeMigrated) {
  migrate(sql_.handle());
  std::vector<Migration> migrations(sqlite::sql::all_migrations.begin(), sqlite::sql::all_migrations.end());
  migrations.push_back(
      {static_cast<int>(migrations.size()) + 1, "more", "CREATE TABLE more (a);", "checksum"});
  EXPECT_THAT(refusal([&] { check_schema(sql_.handle(), migrations); }),
              HasSubstr("run `keitaro-outbox init --db "));
}

TEST_F(MigratorTest, AFileWithoutTheSchemaIsToldToBeInitialised) {
  sql_.run("CREATE TABLE orders (a)");
  EXPECT_THAT(refusal([&] { check_schema(sql_.handle()); }),
              AllOf(HasSubstr(dir_.file("app.db")), HasSubstr("run `keitaro-outbox init --db ")));
}

TEST_F(MigratorTest, ATableOfTheApplicationsUnderOneOfOurNamesIsLeftUntouched) {
  for (const std::string name :
       {"outbox", "conversions", "delivery_attempts", "outbox_status", "outbox_trackers", "outbox_worker",
        "intake_rejects", "intake_spool", "outbox_readback"}) {
    Sql sql(dir_.file(name + ".db"));
    sql.run("CREATE TABLE " + name + " (a)");
    const auto before = objects(sql);
    EXPECT_THAT(refusal([&] { migrate(sql.handle()); }), HasSubstr("has something of its own named " + name));
    EXPECT_EQ(objects(sql), before);
    EXPECT_EQ(sql.text("PRAGMA journal_mode"), "delete");
  }
}

TEST_F(MigratorTest, TheSchemaFileDoesNothingWhereANameIsTaken) {
  for (const std::string name :
       {"outbox", "conversions", "delivery_attempts", "outbox_status", "outbox_trackers", "outbox_worker",
        "intake_rejects", "intake_spool", "outbox_readback"}) {
    Sql sql(dir_.file(name + "2.db"));
    sql.run("CREATE TABLE " + name + " (a)");
    const auto before = objects(sql);
    run_as_the_shell_does(sql, read_text(kSchemaFile));
    EXPECT_EQ(objects(sql), before) << name;
  }
}

TEST_F(MigratorTest, TheSchemaFileDoesNothingToAFileThatHasTheSchemaBeItAnOlderOne) {
  for (int version = 1; version <= kNewest; ++version) {
    Sql sql(dir_.file("at_" + std::to_string(version) + ".db"));
    migrate(sql.handle(), std::span(sqlite::sql::all_migrations).first(static_cast<std::size_t>(version)));
    const auto before = objects(sql);
    run_as_the_shell_does(sql, read_text(kSchemaFile));
    EXPECT_EQ(objects(sql), before) << version;
    EXPECT_EQ(sql.number("SELECT max(version) FROM outbox_migrations"), version);
  }
}

TEST_F(MigratorTest, AnOpenTransactionIsRefused) {
  sql_.run("BEGIN");
  EXPECT_THROW(migrate(sql_.handle()), StoreError);
  sql_.run("COMMIT");
  EXPECT_THAT(objects(sql_), IsEmpty());
}

TEST_F(MigratorTest, ADatabaseInMemoryGetsTheSchemaToo) {
  Sql memory(":memory:");
  EXPECT_EQ(migrate(memory.handle()).to, kNewest);
}

TEST_F(MigratorTest, ALockedFileIsReportedAsBusy) {
  Sql other(dir_.file("app.db"));
  other.run("BEGIN IMMEDIATE");
  sql_.run("PRAGMA busy_timeout = 0");
  try {
    migrate(sql_.handle());
    FAIL() << "the lock was ignored";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.kind(), StoreError::Kind::busy);
  }
  other.run("COMMIT");
  EXPECT_EQ(migrate(sql_.handle()).to, kNewest);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
