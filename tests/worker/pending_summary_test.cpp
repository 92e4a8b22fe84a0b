#include "worker/pending_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sqlite/base/connection.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Two trackers, `a` and `b`, in a real file.
class PendingSummary : public testing::Test {
 protected:
  PendingSummary() {
    sqlite::migrate(connection_.handle());
    for (const char* name : {"a", "b"}) trackers_.emplace_back().rules.name = name;
  }

  void sql(const std::string& statements) {
    ASSERT_EQ(sqlite3_exec(connection_.handle(), statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection_.handle());
  }
  void insert(const std::string& tracker, std::int64_t due_at = 0) {
    sql("INSERT INTO outbox (tracker, subid, status, due_at) VALUES ('" + tracker + "', 'click', 'sale', " +
        std::to_string(due_at) + ")");
  }
  void pause(const std::string& tracker) {
    sql("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('" + tracker + "', 1)");
  }
  ports::OutboxStore& store() {
    if (!store_) store_.emplace(path_);
    return *store_;
  }

  const TempFolder folder_;
  const std::string path_ = folder_.file("outbox.db");
  sqlite::Connection connection_{path_, {.create = true}};
  std::vector<delivery::TrackerSpec> trackers_;
  std::optional<sqlite::SqliteStore> store_;
};

TEST_F(PendingSummary, RowsOfAPausedTrackerAreNotWaitedFor) {
  pause("a");
  insert("a");
  EXPECT_FALSE(pending_for(store(), trackers_));
  EXPECT_EQ(first_due_at(store(), trackers_), std::nullopt);
  const Left left = pending_summary(store(), trackers_);
  EXPECT_TRUE(left.pending);
  EXPECT_THAT(left.paused_trackers, ElementsAre("a"));
  insert("b", 7);
  EXPECT_TRUE(pending_for(store(), trackers_));
  EXPECT_EQ(first_due_at(store(), trackers_), core::wall_time(7));
}

TEST_F(PendingSummary, RowsOfATrackerThatIsNotConfiguredAreLeft) {
  insert("unknown");
  EXPECT_FALSE(pending_for(store(), trackers_));
  const Left left = pending_summary(store(), trackers_);
  EXPECT_TRUE(left.pending);
  EXPECT_THAT(left.paused_trackers, IsEmpty());
}

TEST_F(PendingSummary, OfSeveralTrackersTheFirstDueRowCounts) {
  insert("a", 9);
  insert("b", 7);
  EXPECT_EQ(first_due_at(store(), trackers_), core::wall_time(7));
}

}  // namespace
}  // namespace keitaro_outbox::worker
