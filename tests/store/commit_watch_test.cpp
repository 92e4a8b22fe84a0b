#include "sqlite/durability/commit_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "sqlite/store/sqlite_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using sqlite::CommitWatch;

/// Whether a hint comes within `milliseconds`; drains it.
bool hinted(CommitWatch& watch, int milliseconds) {
  for (pollfd readable{watch.fd(), POLLIN, 0}; poll(&readable, 1, milliseconds) == 1;) {
    if (watch.read_events()) return true;
  }
  return false;
}

constexpr int kSoon = 10'000;
constexpr const char* kInsert = "INSERT INTO outbox (subid, status) VALUES ('a', 'sale')";

TEST(CommitWatch, ACommitOfAnotherConnectionIsHintedAndThenSeen) {
  TempDatabase database;
  sqlite::SqliteStore store(database.path());
  CommitWatch watch(database.path());
  ASSERT_TRUE(watch.works());
  store.foreign_commits();
  EXPECT_FALSE(hinted(watch, 0));
  for (int i = 0; i < 3; ++i) {
    database.sql().run(kInsert);
    EXPECT_TRUE(hinted(watch, kSoon));
    EXPECT_TRUE(store.foreign_commits());
  }
}

TEST(CommitWatch, IsQuietWhileNobodyWrites) {
  TempDatabase database;
  CommitWatch watch(database.path());
  EXPECT_EQ(database.sql().number("SELECT count(*) FROM outbox"), 0);
  EXPECT_FALSE(hinted(watch, 0));
}

TEST(CommitWatch, OtherFilesOfTheFolderAreNoMatter) {
  TempDatabase database;
  CommitWatch watch(database.path());
  std::ofstream(database.dir().file("app.log")) << "busy";
  std::ofstream(database.dir().file("app.db-walrus")) << "busy";
  EXPECT_FALSE(hinted(watch, 0));
}

TEST(CommitWatch, TheLogIsFollowedWhenItIsDeletedAndMadeAnew) {
  TempFolder dir;
  const std::string path = dir.file("app.db");
  { Sql(path).run("PRAGMA journal_mode = WAL; CREATE TABLE t (a);"); }
  ASSERT_FALSE(std::filesystem::exists(path + "-wal")) << "the last connection deletes it";
  CommitWatch watch(path);
  for (int round = 0; round < 3; ++round) {
    {
      Sql sql(path);
      sql.run("INSERT INTO t VALUES (1)");
      EXPECT_TRUE(hinted(watch, kSoon)) << "made anew";
      while (hinted(watch, 0)) {
      }
      sql.run("INSERT INTO t VALUES (2)");
      EXPECT_TRUE(hinted(watch, kSoon)) << "written to";
    }
    ASSERT_FALSE(std::filesystem::exists(path + "-wal"));
    while (hinted(watch, 0)) {
    }
  }
}

TEST(CommitWatch, ASymbolicLinkLeadsToTheRealLog) {
  TempDatabase database;
  std::filesystem::create_directory(database.dir().file("elsewhere"));
  std::filesystem::create_symlink(database.path(), database.dir().file("elsewhere/link.db"));
  CommitWatch watch(database.dir().file("elsewhere/link.db"));
  database.sql().run(kInsert);
  EXPECT_TRUE(hinted(watch, kSoon));
}

TEST(CommitWatch, WithoutAFileToWatchThereIsJustNoHint) {
  TempFolder dir;
  CommitWatch watch(dir.file("missing.db"));
  EXPECT_FALSE(watch.works());
  EXPECT_EQ(watch.fd(), -1);
  EXPECT_FALSE(watch.read_events());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
