#include "sqlite/readback/sqlite_read_back_store.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "ports/clock.hpp"
#include "sqlite/admin/pruner.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using core::Verdict;

class ReadBackStoreTest : public testing::Test {
 protected:
  TempDatabase database_;
  sqlite::SqliteReadBackStore store_{database_.path(), 5s};
};

TEST_F(ReadBackStoreTest, ATriggerOfTheApplicationThatFailsKeepsNoVerdictFromBeingWritten) {
  database_.sql().run(
      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at, check_at) "
      "VALUES ('default', 'a', 'sale', 'sale', 1, 100, 100);"
      "CREATE TRIGGER mine BEFORE UPDATE ON conversions BEGIN SELECT RAISE(ABORT, 'no'); END;");
  const auto due = store_.due("default", core::wall_time(100), 10);
  ASSERT_EQ(due.size(), 1U);
  const ports::ConcludedConversion concluded{due[0], {Verdict::recorded, "", {}}};
  EXPECT_EQ(store_.write("default", {&concluded, 1}, core::wall_time(500)), 1);
  EXPECT_EQ(database_.sql().text("SELECT verdict FROM conversions"), "recorded");
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
