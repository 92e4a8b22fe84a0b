// What is noted of the row that is being handled, in the delivery thread's own memory.
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

std::atomic<std::int64_t> noted{0};
std::set<std::int64_t> rows_noted;

/// Looks at the note at each SQL statement of every connection that is opened from now on.
int watch(unsigned, void*, void* statement, void*) {
  const std::string_view sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
  if (noted != 0) rows_noted.insert(noted);
  const bool may_wait = sql.starts_with("BEGIN") || sql.starts_with("COMMIT");
  EXPECT_TRUE(!may_wait || noted == 0) << sql;
  const bool of_one_row = sql.find("UPDATE outbox\n") != std::string_view::npos;
  EXPECT_TRUE(!of_one_row || noted != 0) << sql;
  return 0;
}

int watch_connection(sqlite3* db, const char**, const struct sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, watch, nullptr);
}

class InProgress : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 5; ++i) world_.database.insert({.subid = "c" + std::to_string(i)});
    rows_noted.clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch_connection));
  }
  void TearDown() override { sqlite3_reset_auto_extension(); }
  World world_;
};

TEST_F(InProgress, TheRowIsNotedWhileItIsHandledAndNotWhileAnythingIsWaitedFor) {
  world_.start_worker();
  world_.cycle().set_in_progress_slot(ports::InProgressSlot(noted));
  ASSERT_TRUE(world_.run_until_drained());
  EXPECT_THAT(rows_noted, testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(noted, 0);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
