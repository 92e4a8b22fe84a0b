#include "sqlite/store/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/schema/migrator.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using ports::StoreError;
using sqlite::SqliteStore;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// The kind and the message of the StoreError that `work` throws.
template <typename Work>
std::pair<StoreError::Kind, std::string> failure(Work&& work) {
  try {
    work();
  } catch (const StoreError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return {error.kind(), error.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {StoreError::Kind::other, ""};
}

ports::RowResult delivered(std::int64_t id) {
  ports::RowResult result;
  result.id = {id};
  result.state = core::State::delivered;
  result.attempts = 1;
  result.now = core::wall_time(7'000);
  return result;
}

/// While it lives the system lets no file of this process grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : ignored_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, ignored_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

constexpr const char* kInsert = "INSERT INTO outbox (subid, status) VALUES ('click', 'sale')";

TEST(SqliteStoreOpening, AFileThatAnApplicationLocksForItselfIsWaitedFor) {
  TempFolder dir;
  const std::string path = dir.file("app.db");
  sqlite::migrate(sqlite::Connection(path, {.create = true}).handle());
  std::optional<Sql> application(std::in_place, path);
  application->run("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
  SqliteStore store(path, {.busy_limit = 20ms});
  EXPECT_FALSE(store.usable());
  const auto [kind, message] = failure([&] { store.begin_read(); });
  EXPECT_EQ(kind, StoreError::Kind::busy);
  EXPECT_THAT(message, HasSubstr("locking_mode = NORMAL"));
  ASSERT_EQ(store.check_file(), SqliteStore::FileCheck::reopen);
  EXPECT_TRUE(store.reopen());
  EXPECT_FALSE(store.usable()) << "it is still locked";
  application.reset();
  ASSERT_EQ(store.check_file(), SqliteStore::FileCheck::reopen);
  EXPECT_TRUE(store.reopen());
  store.begin_read();
  store.commit();
}

TEST(SqliteStoreOpening, AMissingFileIsNotMadeAndSaysWhatToDo) {
  TempFolder dir;
  const auto [kind, message] = failure([&] { SqliteStore(dir.file("app.db")); });
  EXPECT_EQ(kind, StoreError::Kind::schema);
  EXPECT_THAT(message, AllOf(HasSubstr("does not exist"), HasSubstr("keitaro-outbox init --db")));
  EXPECT_FALSE(std::filesystem::exists(dir.file("app.db")));
}

TEST(SqliteStoreOpening, AFileWithoutTheSchemaSaysWhatToDo) {
  TempFolder dir;
  Sql(dir.file("app.db")).run("CREATE TABLE orders (a)");
  const auto [kind, message] = failure([&] { SqliteStore(dir.file("app.db")); });
  EXPECT_EQ(kind, StoreError::Kind::schema);
  EXPECT_THAT(message, HasSubstr("keitaro-outbox init --db"));
}

TEST(SqliteStoreOpening, AFileThatIsNoDatabaseIsToldSo) {
  TempFolder dir;
  std::ofstream(dir.file("app.db")) << std::string(4096, 'x');
  const auto [kind, message] = failure([&] { SqliteStore(dir.file("app.db")); });
  EXPECT_EQ(kind, StoreError::Kind::corrupt);
  EXPECT_THAT(message, HasSubstr("is not an SQLite database"));
}

TEST(SqliteStoreOpening, AFolderAnEmptyPathAndSpecialNamesAreNoDatabase) {
  TempFolder dir;
  EXPECT_THAT(failure([&] { SqliteStore(dir.file("")); }).second, HasSubstr("is a folder"));
  EXPECT_THAT(failure([&] { SqliteStore(""); }).second, HasSubstr("path of the database is empty"));
  EXPECT_THAT(failure([&] { SqliteStore(":memory:"); }).second, HasSubstr("does not exist"));
  EXPECT_THAT(failure([&] { SqliteStore("file:nowhere.db?mode=memory"); }).second,
              HasSubstr("does not exist"));
}

TEST(SqliteStoreOpening, AFileWithAnotherJournalIsTurnedToTheWriteAheadLog) {
  TempDatabase database;
  database.sql().run("PRAGMA journal_mode = DELETE");
  SqliteStore store(database.path());
  EXPECT_EQ(Sql(database.path()).text("PRAGMA journal_mode"), "wal");
}

class SqliteStoreTest : public testing::Test {
 protected:
  Sql& sql() { return database_.sql(); }

  /// In the transaction that is open. False when the row was overtaken.
  bool record(const ports::RowResult& result) {
    ports::OutcomeRecord record{.click = {}, .id = result.id, .result = &result};
    store_.record({&record, 1}, {});
    return !record.overtaken;
  }

  TempDatabase database_;
  SqliteStore store_{database_.path(), {.busy_limit = 20ms}};
};

TEST_F(SqliteStoreTest, TheFilesOwnSettingsAreLeftAlone) {
  sql().run("PRAGMA user_version = 42");
  sql().run(kInsert);
  store_.begin_write();
  record(delivered(1));
  store_.commit();
  EXPECT_EQ(sql().number("PRAGMA user_version"), 42);
}

TEST_F(SqliteStoreTest, ALockHeldForTooLongIsBusyAndNothingIsLostAfterIt) {
  sql().run(kInsert);
  sql().run("BEGIN IMMEDIATE");
  const auto since = std::chrono::steady_clock::now();
  const auto [kind, message] = failure([&] { store_.begin_write(); });
  EXPECT_GE(std::chrono::steady_clock::now() - since, 20ms);
  EXPECT_EQ(kind, StoreError::Kind::busy);
  EXPECT_THAT(message, AllOf(HasSubstr(database_.path()), HasSubstr("is locked")));
  sql().run("COMMIT");
  store_.begin_write();
  EXPECT_TRUE(record(delivered(1)));
  store_.commit();
  EXPECT_EQ(sql().text("SELECT state FROM outbox"), "delivered");
}

TEST_F(SqliteStoreTest, ReadingGoesOnWhileAnotherWrites) {
  sql().run(kInsert);
  sql().run(std::string("BEGIN IMMEDIATE; ") + kInsert);
  std::vector<core::OutboxId> ids;
  store_.begin_read();
  store_.fresh("default", {}, 10, ports::OutboxStore::Known::some, ids);
  store_.commit();
  EXPECT_THAT(ids, ElementsAre(core::OutboxId{1}));
  sql().run("COMMIT");
}

TEST_F(SqliteStoreTest, ARowThatAnApplicationsTriggerRefusesToHaveWrittenIsSetAsideAndSaysSo) {
  sql().run(kInsert);
  sql().run(kInsert);
  sql().run(
      "CREATE TRIGGER guard BEFORE UPDATE ON outbox WHEN NEW.id = 1 BEGIN SELECT RAISE(ABORT, 'not today'); "
      "END");
  store_.begin_write();
  EXPECT_TRUE(record(delivered(1)));
  EXPECT_TRUE(record(delivered(2)));
  store_.commit();
  EXPECT_EQ(sql().text("SELECT state || unrecorded FROM outbox WHERE id = 1"), "pending1");
  EXPECT_THAT(sql().text("SELECT reason FROM outbox WHERE id = 1"), HasSubstr("not today"));
  EXPECT_EQ(sql().text("SELECT state || unrecorded FROM outbox WHERE id = 2"), "delivered0");

  sql().run("DROP TRIGGER guard");
  store_.begin_write();
  EXPECT_TRUE(record(delivered(1)));
  store_.commit();
  EXPECT_EQ(sql().text("SELECT state FROM outbox WHERE id = 1"), "delivered");
}

TEST_F(SqliteStoreTest, ADatabaseThatMayNotGrowIsFull) {
  sqlite::Connection small(database_.path());
  small.database().exec("PRAGMA max_page_count = 1");
  const auto [kind, message] = failure([&] {
    sqlite::with_store_errors(small.database(), [&] {
      small.database().exec(
          "INSERT INTO outbox (subid, status, params) VALUES ('a', 'sale', json_object('a', "
          "hex(zeroblob(9000))))");
    });
  });
  EXPECT_EQ(kind, StoreError::Kind::full);
  EXPECT_THAT(message, AllOf(HasSubstr("the disk is full"), HasSubstr("free some space")));
}

TEST_F(SqliteStoreTest, AWriteThatTheSystemRefusesIsUndoneAndCanBeTriedAgain) {
  sql().run(kInsert);
  {
    const FileSizeLimit limit(static_cast<rlim_t>(std::filesystem::file_size(database_.path() + "-wal")));
    store_.begin_write();
    const auto [kind, message] = failure([&] {
      record(delivered(1));
      store_.commit();
    });
    EXPECT_EQ(kind, StoreError::Kind::full);
    EXPECT_THAT(message, HasSubstr("ulimit -f"));
  }
  EXPECT_EQ(sql().text("SELECT state FROM outbox"), "pending");
  store_.begin_write();
  EXPECT_TRUE(record(delivered(1)));
  store_.commit();
  EXPECT_EQ(sql().text("SELECT state FROM outbox"), "delivered");
}

TEST_F(SqliteStoreTest, NothingIsReadToBeSentBeforeOneWriteHasSucceeded) {
  sql().run(kInsert);
  bool has_room = false;
  store_.require_write_first([&] { return has_room; });
  const auto [kind, message] = failure([&] { store_.begin_read(); });
  EXPECT_EQ(kind, StoreError::Kind::full);
  EXPECT_THAT(message, HasSubstr("free some space"));
  has_room = true;
  {
    const FileSizeLimit limit(static_cast<rlim_t>(std::filesystem::file_size(database_.path() + "-wal")));
    EXPECT_EQ(failure([&] { store_.begin_read(); }).first, StoreError::Kind::full);
    EXPECT_EQ(failure([&] { store_.begin_write(); }).first, StoreError::Kind::full) << "not tried again";
  }
  const auto log_size = [&] { return std::filesystem::file_size(database_.path() + "-wal"); };
  const auto before = log_size();
  store_.begin_read();
  store_.commit();
  const auto after = log_size();
  EXPECT_GT(after, before) << "a page was written";
  EXPECT_EQ(sql().number("SELECT recorded FROM outbox_worker"), 0) << "it is no group of outcomes";
  store_.begin_read();
  store_.commit();
  EXPECT_EQ(log_size(), after) << "once is enough";
}

TEST_F(SqliteStoreTest, ASchemaThatIsGoneMeanwhileIsToldAsSuch) {
  sql().run("DROP VIEW outbox_status; DROP TABLE outbox;");
  store_.begin_read();
  const auto [kind, message] = failure([&] {
    std::vector<ports::LoadedRow> rows;
    store_.load_rows(std::vector{core::OutboxId{1}}, {}, rows);
  });
  EXPECT_EQ(kind, StoreError::Kind::schema);
  EXPECT_THAT(message, AllOf(HasSubstr("no such table: outbox"), HasSubstr("keitaro-outbox init --db")));
}

TEST_F(SqliteStoreTest, SchemaChangesOfTheApplicationsAreNoTrouble) {
  sql().run(kInsert);
  store_.begin_read();
  EXPECT_TRUE(store_.has_pending("default"));
  store_.commit();
  sql().run("CREATE TABLE orders (a); CREATE INDEX orders_by_a ON orders (a);");
  store_.begin_read();
  EXPECT_TRUE(store_.has_pending("default"));
  store_.commit();
}

TEST_F(SqliteStoreTest, TriggersOfTheApplicationsFireFromTheNextGroupOn) {
  sql().run(kInsert);
  sql().run(kInsert);
  store_.begin_write();
  EXPECT_TRUE(record(delivered(1)));
  store_.commit();
  sql().run(
      "CREATE TABLE told (id INTEGER);"
      "CREATE TRIGGER tell AFTER UPDATE OF state ON outbox BEGIN INSERT INTO told VALUES (NEW.id); END;");
  store_.begin_write();
  EXPECT_TRUE(record(delivered(2)));
  store_.commit();
  EXPECT_EQ(sql().text("SELECT group_concat(id) FROM told"), "2");
  EXPECT_EQ(sql().text("SELECT count(*) FROM outbox WHERE state = 'delivered' AND finished_at IS NOT NULL"),
            "2");
}

TEST_F(SqliteStoreTest, EachCommitTellsHowLongTheLogIs) {
  int pages = 0;
  store_.on_wal_growth([&](int now) { pages = now; });
  sql().run(kInsert);
  store_.begin_write();
  record(delivered(1));
  store_.commit();
  EXPECT_GT(pages, 0);
  const int before = pages;
  sql().run(kInsert);
  store_.begin_write();
  record(delivered(2));
  store_.commit();
  EXPECT_GT(pages, before + 1) << "the application's pages count too";
}

TEST_F(SqliteStoreTest, ACheckpointAloneIsNoForeignCommit) {
  sql().run(kInsert);
  store_.foreign_commits();
  sql().run("PRAGMA wal_checkpoint(PASSIVE)");
  EXPECT_FALSE(store_.foreign_commits());
  sql().run(kInsert);
  EXPECT_TRUE(store_.foreign_commits());
}

// --- the database's identity

class SqliteStoreIdentity : public SqliteStoreTest {
 protected:
  void deliver(std::int64_t id) {
    sql().run(kInsert);
    store_.begin_write();
    record(delivered(id));
    store_.commit();
  }
  std::int64_t recorded() { return sql().number("SELECT recorded FROM outbox_worker"); }
  void load() {
    store_.begin_read();
    store_.foreign_commits();
    store_.commit();
  }
};

TEST_F(SqliteStoreIdentity, EachGroupOfOutcomesIsCountedInItsOwnTransaction) {
  std::vector<std::int64_t> told;
  store_.on_recorded([&](const sqlite::Identity& identity) { told.push_back(identity.recorded); });
  deliver(1);
  deliver(2);
  EXPECT_EQ(recorded(), 2);
  EXPECT_THAT(told, ElementsAre(1, 2));

  sql().run(kInsert);
  store_.begin_write();
  record(delivered(3));
  store_.rollback();
  EXPECT_EQ(recorded(), 2) << "a group that is undone does not count";

  store_.begin_write();
  store_.block(std::vector{ports::BlockedRow{.id = {3}, .waits_for = {2}}});
  store_.commit();
  EXPECT_EQ(recorded(), 2) << "nor does what records no outcome";
  EXPECT_THAT(told, ElementsAre(1, 2));
}

TEST_F(SqliteStoreIdentity, AnOlderCopyThanIsKnownIsNotUsedUntilItIsAccepted) {
  deliver(1);
  store_.expect({store_.identity().database_id, 4});
  EXPECT_EQ(store_.groups_missing(), 3);
  EXPECT_EQ(failure([&] { store_.begin_read(); }).first, StoreError::Kind::restored);
  const auto [kind, message] = failure([&] { store_.begin_write(); });
  EXPECT_EQ(kind, StoreError::Kind::restored);
  EXPECT_THAT(message, AllOf(HasSubstr("3 groups of outcomes"), HasSubstr("--resume-restored")));

  EXPECT_EQ(store_.accept_copy(), 3);
  EXPECT_EQ(recorded(), 4);
  deliver(2);
  EXPECT_EQ(recorded(), 5);
}

TEST_F(SqliteStoreIdentity, ACopyThatIsAsFarOrFartherIsFine) {
  deliver(1);
  store_.expect({store_.identity().database_id, 1});
  deliver(2);
  store_.expect({store_.identity().database_id, 0});
  deliver(3);
  EXPECT_EQ(store_.identity().recorded, 3);
}

TEST_F(SqliteStoreIdentity, AnotherDatabaseThanIsKnownIsANewOne) {
  store_.expect({"another", 1000});
  deliver(1);
  EXPECT_EQ(store_.identity().recorded, 1);
}

TEST_F(SqliteStoreIdentity, ACountThatGoesBackIsNoticedAtTheNextLoadAndTheNextCommit) {
  deliver(1);
  deliver(2);
  sql().run("UPDATE outbox_worker SET recorded = 1");
  EXPECT_EQ(failure([&] { load(); }).first, StoreError::Kind::restored);
  sql().run("UPDATE outbox_worker SET recorded = 2");
  EXPECT_EQ(store_.check_file(), SqliteStore::FileCheck::well) << "the newer copy was put back";
  load();

  sql().run(kInsert);
  sql().run("UPDATE outbox_worker SET recorded = 0");
  store_.begin_write();
  record(delivered(3));
  EXPECT_EQ(failure([&] { store_.commit(); }).first, StoreError::Kind::restored);
  EXPECT_EQ(sql().text("SELECT state FROM outbox WHERE id = 3"), "pending") << "nothing of it is committed";
}

TEST_F(SqliteStoreIdentity, WithoutItsRowNothingIsCountedAndNothingFails) {
  sql().run("DELETE FROM outbox_worker");
  deliver(1);
  load();
  EXPECT_EQ(sql().text("SELECT state FROM outbox WHERE id = 1"), "delivered");
}

TEST_F(SqliteStoreIdentity, OutcomesOfOneDatabaseAreNeverWrittenToAnother) {
  deliver(1);
  sql().run(kInsert);
  store_.begin_write();
  record(delivered(2));
  store_.rollback();
  sql().run("UPDATE outbox_worker SET database_id = 'another'");
  store_.begin_write();
  record(delivered(2));
  EXPECT_EQ(failure([&] { store_.commit(); }).first, StoreError::Kind::moved);
  EXPECT_EQ(sql().text("SELECT state FROM outbox WHERE id = 2"), "pending");
  EXPECT_EQ(store_.check_file(), SqliteStore::FileCheck::reopen);
  EXPECT_FALSE(store_.reopen()) << "what is in memory is of no use any more";
  load();
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
