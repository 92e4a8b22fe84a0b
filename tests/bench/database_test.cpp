#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "bench/files.hpp"
#include "bench/fill.hpp"
#include "bench/histories.hpp"
#include "bench/loop.hpp"
#include "bench/queue_watch.hpp"
#include "bench/receiver.hpp"

namespace keitaro_outbox::bench {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  /// A new file with the outbox's schema.
  std::string outbox() {
    const std::string file = path("outbox.db");
    std::ifstream schema(KEITARO_OUTBOX_SOURCE_DIR "/schema/outbox.sql");
    std::ostringstream text;
    text << schema.rdbuf();
    SQLite::Database db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(text.str());
    return file;
  }

  static int count(const std::string& file, const std::string& what) {
    SQLite::Database db(file, SQLite::OPEN_READWRITE);
    return db.execAndGet("SELECT count(*) FROM " + what).getInt();
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  WorkFolder folder_{std::filesystem::temp_directory_path()};
};

TEST_F(DatabaseTest, FilledRowsPassTheChecksOfTheRealSchema) {
  const std::string file = outbox();
  fill_history(file, 300, 1);
  fill_ledger(file, 300, 1);
  fill_pending(file, 200, 3);
  EXPECT_EQ(count(file, "outbox WHERE state = 'delivered'"), 300);
  EXPECT_EQ(count(file, "outbox WHERE state = 'pending'"), 200);
  SQLite::Database db(file, SQLite::OPEN_READWRITE);
  // CHECKs among it, which filling in bulk leaves out.
  EXPECT_EQ(db.execAndGet("PRAGMA integrity_check").getString(), "ok");
  EXPECT_EQ(db.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST_F(DatabaseTest, EachRowOfHistoryHasItsLedgerEntry) {
  const std::string file = outbox();
  fill_history(file, 300, 1);
  fill_ledger(file, 300, 1);
  EXPECT_EQ(count(file,
                  "conversions JOIN outbox ON outbox.id = outbox_id AND outbox.subid = conversions.subid"
                  " AND taken_in_at BETWEEN created_at AND finished_at + 1000"),
            300);
}

TEST_F(DatabaseTest, RowsOfManyTrackersAreSharedEvenly) {
  const std::string file = outbox();
  fill_trackers(file, 30, 10, 1);
  EXPECT_EQ(count(file, "(SELECT tracker FROM outbox GROUP BY tracker HAVING count(*) = 3)"), 10);
  QueueWatch watch(file);
  EXPECT_TRUE(watch.any());
  SQLite::Database(file, SQLite::OPEN_READWRITE).exec("UPDATE outbox SET state = 'delivered'");
  EXPECT_FALSE(watch.any());
}

TEST_F(DatabaseTest, AHistoryIsMadeOnceAndCopiedWhenItHasGrownTooLong) {
  WorkFolder kept(std::filesystem::temp_directory_path());
  int made = 0;
  const auto make_empty = [&](const std::string& file) {
    if (std::filesystem::exists(file)) return;
    ++made;
    std::filesystem::rename(outbox(), file);
  };
  const auto nothing = [](const std::string&, std::uint64_t, std::uint64_t) {};
  const auto work = std::filesystem::path(path("")).parent_path();
  const std::string copy = Histories(kept.path(), work, make_empty, nothing).with(1000, 50);
  EXPECT_EQ(count(copy, "outbox"), 1000);
  EXPECT_EQ(count(copy, "conversions"), 1000);

  Histories again(kept.path(), work, make_empty, nothing);
  again.with(1000, 50);
  EXPECT_EQ(made, 1) << "what was kept is used again";
  fill_pending(copy, 50, 9);
  again.with(1000, 0);
  EXPECT_EQ(count(copy, "outbox"), 1050) << "still short enough";
  again.with(1000, 1000);
  EXPECT_EQ(count(copy, "outbox"), 1000) << "a new copy";
}

TEST_F(DatabaseTest, WatchTellsTheFrontOfTheQueueAndWhatWasDelivered) {
  const std::string file = outbox();
  fill_history(file, 3, 1);
  fill_pending(file, 3, 2);
  QueueWatch watch(file);
  EXPECT_EQ(watch.front(), 4);
  EXPECT_EQ(watch.delivered_after(0), 3);
  EXPECT_EQ(watch.delivered_after(3), 0);

  SQLite::Database worker(file, SQLite::OPEN_READWRITE);
  worker.exec("UPDATE outbox SET state = 'delivered' WHERE id <= 4");
  EXPECT_EQ(watch.front(), 5);
  EXPECT_EQ(watch.delivered_after(3), 1);
  worker.exec("UPDATE outbox SET state = 'delivered'");
  watch.wait_until_empty(std::chrono::seconds{1}, [](std::uint64_t) { FAIL() << "nothing waits"; });
}

TEST_F(DatabaseTest, WatchLosesPatienceWithAQueueThatDoesNotMove) {
  const std::string file = outbox();
  fill_pending(file, 1, 1);
  QueueWatch watch(file);
  EXPECT_THROW(watch.wait_until_empty(std::chrono::seconds{0}, [](std::uint64_t) {}), std::runtime_error);
}

TEST_F(DatabaseTest, BareLoopSendsEveryRowOnceAndMarksIt) {
  const std::string file = path("queue.db");
  make_queue(file, 1500, 1);
  Receiver receiver;
  run_bare_loop({receiver.url(), 16}, file);
  EXPECT_EQ(receiver.requests(), 1500);
  EXPECT_EQ(count(file, "queue WHERE state = 'delivered' AND finished_at > 0"), 1500);
}

TEST_F(DatabaseTest, BareLoopFailsWhenARequestDoes) {
  const std::string file = path("queue.db");
  make_queue(file, 10, 1);
  Receiver receiver;
  const std::string url = receiver.url();
  receiver.go_down();
  EXPECT_THROW(run_bare_loop({url, 4}, file), std::runtime_error);
}

TEST(CurlLoop, MakesAsManyRequestsAsItIsToldTo) {
  Receiver receiver;
  run_curl_loop({receiver.url(), 8}, 500);
  EXPECT_EQ(receiver.requests(), 500);
  EXPECT_LE(receiver.most_connections(), 8);
}

}  // namespace
}  // namespace keitaro_outbox::bench
