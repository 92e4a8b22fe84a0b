#include "sqlite/durability/checkpointer.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using sqlite::Checkpointer;

bool becomes(const std::function<bool()>& condition, std::chrono::seconds within = 100s) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() {
    // Only the checkpointer is to move the log. Commits do not wait for the disk: thousands of syncs would
    // only take time.
    writer_.database().exec("PRAGMA synchronous = OFF");
    const auto hook = [](void* test, sqlite3*, const char*, int pages) {
      auto& checkpointer = static_cast<CheckpointerTest*>(test)->checkpointer_;
      if (checkpointer) checkpointer->log_has(pages);
      return SQLITE_OK;
    };
    sqlite3_wal_hook(writer_.handle(), hook, this);
  }

  void start(const sqlite::CheckpointerOptions& options) { checkpointer_.emplace(database_.path(), options); }
  Checkpointer::Stats stats() { return checkpointer_->stats(); }

  /// One small commit, on a page that is another each time.
  void commit() {
    const std::string subid = std::to_string(commits_ * 7'919 % 1'000'003);
    ++commits_;
    sqlite::Run(insert_).bind(":subid", subid).execute();
  }

  TempDatabase database_;
  sqlite::Connection writer_{database_.path()};
  SQLite::Statement insert_ =
      sqlite::prepare(writer_.database(),
                      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at)"
                      " VALUES ('default', :subid, 'lead', 'lead', 1, 1)");
  std::int64_t commits_ = 0;
  std::optional<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, TheLogStaysBoundedUnderAWriterThatLeavesNoGap) {
  start({.every_pages = 256, .restart_bytes = 2 << 20});
  int largest = 0;
  std::int64_t written = 0;
  const auto commit_and_measure = [&] {
    const int before = stats().log_pages;
    commit();
    const int now = stats().log_pages;
    written += now < before ? now : now - before;
    largest = std::max(largest, now);
  };
  for (int i = 0; i < 20'000; ++i) commit_and_measure();
  // How far it grows depends on the disk: the writer does not wait for it here, and outruns the checkpoints.
  // But it ends.
  EXPECT_TRUE(becomes(
      [&] {
        commit_and_measure();
        // Where others keep the disk busy, the checkpoints need the time that a real writer's fsync gives
        // them.
        std::this_thread::sleep_for(200us);
        return stats().restarts >= 3 && largest < written / 3;
      },
      100s));
  EXPECT_EQ(stats().failures, 0U) << stats().last_error;
  EXPECT_EQ(database_.sql().number("SELECT count(*) FROM conversions"), commits_);
}

TEST_F(CheckpointerTest, MovesTheLogOnceItHasGrownAndRestsWhileNothingIsCommitted) {
  start({.every_pages = 50});
  while (stats().log_pages < 49) commit();
  EXPECT_EQ(stats().passive, 0U);
  for (int i = 0; i < 10; ++i) commit();
  EXPECT_TRUE(becomes([&] { return stats().passive == 1; }));
}

TEST_F(CheckpointerTest, ALongReaderLetsTheLogGrowButHoldsUpNobody) {
  start({.every_pages = 50, .restart_bytes = 200 << 10});
  Sql reader(database_.path());
  reader.run("BEGIN; SELECT count(*) FROM outbox;");
  for (int i = 0; i < 500; ++i) commit();
  // It may have slept through all of that, and come once for the whole.
  EXPECT_TRUE(becomes([&] {
    commit();
    return stats().passive >= 2;
  }));
  EXPECT_EQ(stats().restarts, 0U);
  EXPECT_EQ(stats().failures, 0U);
  reader.run("COMMIT");
  EXPECT_TRUE(becomes([&] {
    commit();
    return stats().restarts > 0;
  }));
}

TEST_F(CheckpointerTest, BesideOthersTheLogIsBegunAnewBeforeTheyWouldMoveIt) {
  start({.every_pages_beside_others = 50});
  checkpointer_->others_commit(true);
  for (int anew = 0; anew < 3; ++anew) {
    while (stats().log_pages < 49) commit();
    int before = 0;
    do {
      before = stats().log_pages;
      const auto runs = stats().passive;
      commit();
      const bool begun_anew = stats().log_pages < before;
      ASSERT_TRUE(begun_anew || becomes([&] { return stats().passive > runs; }));
    } while (stats().log_pages >= before && before < 1000);
    EXPECT_LT(before, 100) << "once it is moved whole, with nobody in the way";
  }
  EXPECT_EQ(stats().restarts, 0U);
}

TEST_F(CheckpointerTest, BesideOthersItTriesAgainWhereSomebodyWasInTheWay) {
  start({.every_pages_beside_others = 50});
  checkpointer_->others_commit(true);
  Sql reader(database_.path());
  reader.run("BEGIN; SELECT count(*) FROM outbox;");
  while (stats().log_pages < 60) commit();
  ASSERT_TRUE(becomes([&] { return stats().passive > 0; }));
  reader.run("COMMIT");
  const auto runs = stats().passive;
  commit();
  EXPECT_TRUE(becomes([&] { return stats().passive > runs; })) << "after the next commit";
}

TEST_F(CheckpointerTest, BesideALongReaderItDoesNotRunAfterEachCommit) {
  start({.every_pages_beside_others = 500});
  checkpointer_->others_commit(true);
  Sql reader(database_.path());
  reader.run("BEGIN; SELECT count(*) FROM outbox;");
  while (stats().log_pages < 520) commit();
  // Each commit is seen by a run before the next one comes, as long as there are any.
  for (int i = 0; i < 60; ++i) {
    const auto runs = stats().passive;
    commit();
    for (int looks = 0; looks < 1000 && stats().passive == runs; ++looks) std::this_thread::yield();
  }
  EXPECT_LT(stats().passive, 40U);
}

TEST_F(CheckpointerTest, AFailureIsCountedAndDoesNotEndIt) {
  Checkpointer checkpointer(database_.dir().file("missing.db"), {.every_pages = 1});
  checkpointer.log_has(5);
  ASSERT_TRUE(becomes([&] { return checkpointer.stats().failures == 1; }));
  EXPECT_NE(checkpointer.stats().last_error.find("missing.db does not exist"), std::string::npos);
  checkpointer.log_has(10);
  EXPECT_TRUE(becomes([&] { return checkpointer.stats().failures == 2; }));
}

TEST_F(CheckpointerTest, CountsFromZeroWhenTheLogIsBegunAnew) {
  start({.every_pages = 100});
  checkpointer_->log_has(100);
  ASSERT_TRUE(becomes([&] { return stats().passive == 1; }));
  checkpointer_->log_has(5);
  checkpointer_->log_has(105);
  EXPECT_TRUE(becomes([&] { return stats().passive == 2; }));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
