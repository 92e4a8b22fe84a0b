#include "sqlite/durability/write_coalescing_vfs.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

class WriteCoalescingVfs : public testing::Test {
 protected:
  void run(const std::string& text) { connection_.database().exec(text); }

  /// More than is gathered at once, and than the cache holds.
  static std::string many_rows(int rows) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(rows) + ") INSERT INTO orders (note) SELECT hex(randomblob(500)) FROM n;";
  }

  std::uintmax_t log_size() const { return std::filesystem::file_size(database_.path() + "-wal"); }

  TempDatabase database_;
  sqlite::Connection connection_{database_.path(), {.coalesces_writes = true}};
};

TEST_F(WriteCoalescingVfs, ACommitIsSeenByOthersAtOnce) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
  for (int i = 1; i <= 20; ++i) {
    run("INSERT INTO orders (note) VALUES ('x')");
    EXPECT_EQ(database_.sql().text("SELECT count(*) FROM orders"), std::to_string(i));
  }
}

TEST_F(WriteCoalescingVfs, ATransactionLargerThanTheCacheIsReadBackAndCommitted) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); PRAGMA cache_size = 20;");
  run("BEGIN;" + many_rows(3000));
  EXPECT_EQ(database_.sql().text("SELECT count(*) FROM orders"), "0");
  run("UPDATE orders SET note = lower(note) WHERE id % 7 = 0; COMMIT;");
  EXPECT_EQ(database_.sql().text("SELECT count(*) || ' ' || sum(note = lower(note)) FROM orders"),
            "3000 428");
  EXPECT_EQ(database_.sql().text("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCoalescingVfs, ATransactionThatIsGivenUpLeavesNothing) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); PRAGMA cache_size = 20;");
  run("BEGIN;" + many_rows(3000) + "ROLLBACK;");
  run("INSERT INTO orders (note) VALUES ('kept')");
  EXPECT_EQ(database_.sql().text("SELECT group_concat(note) FROM orders"), "kept");
  EXPECT_EQ(database_.sql().text("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCoalescingVfs, WhatWasGivenUpNeverComesOverWhatOthersCommitAfterwards) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); PRAGMA cache_size = 5;");
  // A page is handed over when the cache needs room, and those of before when one is read back: it takes some
  // tries for something to be left of the transaction.
  int theirs = 0;
  for (int rows = 40; rows < 80; ++rows) {
    database_.sql().run("PRAGMA wal_checkpoint(TRUNCATE)");
    run("BEGIN IMMEDIATE;" + many_rows(rows) + "ROLLBACK;");
    database_.sql().run(many_rows(rows));
    theirs += rows;
    run("SELECT sum(length(note)) FROM orders");  // looks into the log
    ASSERT_EQ(Sql(database_.path()).text("SELECT count(*) FROM orders"), std::to_string(theirs));
  }
  Sql reader(database_.path());
  EXPECT_EQ(reader.text("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCoalescingVfs, AConnectionThatEndsWithinItsTransactionLeavesNothing) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
  {
    sqlite::Connection other(database_.path(), {.coalesces_writes = true});
    other.database().exec("PRAGMA cache_size = 5; BEGIN IMMEDIATE;" + many_rows(60));
  }
  database_.sql().run(many_rows(60));
  Sql reader(database_.path());
  EXPECT_EQ(reader.text("SELECT count(*) FROM orders"), "60");
  EXPECT_EQ(reader.text("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCoalescingVfs, TheLogGrowsAtTheCommitAndNotBefore) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
  const auto before = log_size();
  run("BEGIN;" + many_rows(10));
  EXPECT_EQ(log_size(), before);
  run("COMMIT");
  EXPECT_GT(log_size(), before);
}

TEST_F(WriteCoalescingVfs, WorksBesideOthersWhoWriteAndCheckpoint) {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
  for (int i = 0; i < 50; ++i) {
    run("INSERT INTO orders (note) VALUES ('ours')");
    database_.sql().run("INSERT INTO orders (note) VALUES ('theirs')");
    if (i % 10 == 0) database_.sql().run("PRAGMA wal_checkpoint(RESTART)");
  }
  EXPECT_EQ(database_.sql().text("SELECT sum(note = 'ours') || ' ' || count(*) FROM orders"), "50 100");
  EXPECT_EQ(database_.sql().text("PRAGMA integrity_check"), "ok");
}

/// A write-ahead log as SQLite has it open, and what of it has reached the file.
class CoalescedLog : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(dir_.file("app.db")).flush();  // The log gets the rights of its database.
    ASSERT_EQ(vfs_->xOpen(vfs_, sqlite3_filename_wal(name_.get()), file(),
                          SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr),
              SQLITE_OK);
  }
  void TearDown() override { file()->pMethods->xClose(file()); }

  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.get()); }

  void write(std::size_t size, char content) {
    const std::string data(size, content);
    ASSERT_EQ(file()->pMethods->xWrite(file(), data.data(), static_cast<int>(size),
                                       static_cast<sqlite3_int64>(written_.size())),
              SQLITE_OK);
    written_ += data;
  }
  void sync() { ASSERT_EQ(file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL), SQLITE_OK); }
  std::string in_the_file() const { return read_text(dir_.file("app.db-wal")); }

  TempFolder dir_;
  sqlite3_vfs* vfs_ = sqlite3_vfs_find(sqlite::write_coalescing_vfs().c_str());
  std::unique_ptr<char, void (*)(sqlite3_filename)> name_{
      const_cast<char*>(sqlite3_create_filename(dir_.file("app.db").c_str(),
                                                dir_.file("app.db-journal").c_str(),
                                                dir_.file("app.db-wal").c_str(), 0, nullptr)),
      &sqlite3_free_filename};
  std::unique_ptr<std::max_align_t[]> memory_{
      new std::max_align_t[static_cast<std::size_t>(vfs_->szOsFile) / sizeof(std::max_align_t) + 1]};
  std::string written_;
};

constexpr std::size_t kGathered = 120 * 1024;

TEST_F(CoalescedLog, WritesAreHandedOnTogetherWhenNoMoreFits) {
  std::size_t handed_on = 0;
  int times = 0;
  for (int page = 0; page < 200; ++page) {
    write(24, 'h');
    write(4096, static_cast<char>('a' + page % 26));
    const std::size_t found = std::filesystem::file_size(dir_.file("app.db-wal"));
    ASSERT_LE(written_.size() - found, kGathered);
    if (found > handed_on) {
      EXPECT_GT(found - handed_on, kGathered - 4096) << "as much as there is room for";
      handed_on = found;
      ++times;
    }
  }
  EXPECT_EQ(times, 6);
  sync();
  EXPECT_EQ(in_the_file(), written_);
}

TEST_F(CoalescedLog, WhatFillsItToTheLastByteIsStillGathered) {
  write(kGathered - 1, 'a');
  write(1, 'b');
  EXPECT_EQ(in_the_file(), "");
  write(1, 'c');
  EXPECT_EQ(in_the_file(), written_.substr(0, kGathered));
  sync();
  EXPECT_EQ(in_the_file(), written_);
}

TEST_F(CoalescedLog, APieceLargerThanTheLimitIsWrittenAtOnceBehindWhatWasGathered) {
  write(10, 'a');
  write(kGathered + 1, 'b');
  EXPECT_EQ(in_the_file(), written_);
  write(10, 'c');
  EXPECT_EQ(in_the_file().size(), kGathered + 11);
  sync();
  EXPECT_EQ(in_the_file(), written_);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
