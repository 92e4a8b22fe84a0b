// Walks through an index, some rows at a time: each step seeks to where the last one ended. What a step costs
// is counted in the steps of SQLite's own machine, as a clock would tell of the computer too.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "sqlite/read/backlog_reader.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

constexpr core::WallTime kNow{core::Millis{1'000'000}};

/// Counts what every statement costs that ends while it lives, on connections opened while it lives.
class StepCounter {
 public:
  StepCounter() {
    steps_ = 0;
    sqlite3_auto_extension(entry_point());
  }
  ~StepCounter() { sqlite3_cancel_auto_extension(entry_point()); }
  StepCounter(const StepCounter&) = delete;
  StepCounter& operator=(const StepCounter&) = delete;

  static void reset() { steps_ = 0; }
  static std::int64_t steps() { return steps_; }

 private:
  static void (*entry_point())() { return reinterpret_cast<void (*)()>(&watch); }
  static int watch(sqlite3* db, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, &ended, nullptr);
  }
  static int ended(unsigned, void*, void* statement, void*) {
    steps_ += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1);
    return 0;
  }

  static inline std::int64_t steps_ = 0;
};

/// Rows that all have the same place in their index, but for the id.
class WalkThroughEqualRows : public testing::Test {
 protected:
  /// `time` and `waits_for` of each row; all are of one click.
  void rows(int count, const std::string& time, const std::string& waits_for) {
    database_.sql().run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                        std::to_string(count) +
                        ") INSERT INTO outbox (tracker, subid, status, due_at, waits_for)"
                        " SELECT 'gone', 'click', 'sale', " +
                        time + ", " + waits_for + " FROM n");
  }

  /// Twice the rows are about twice the work. Where each step read again what others had read, they would be
  /// four times the work.
  template <typename Walk>
  void expect_even_pace(const std::string& time, const std::string& waits_for, Walk&& walk) {
    constexpr int kRows = 2'000;
    const auto cost = [&] {
      rows(kRows, time, waits_for);
      StepCounter::reset();
      walk();
      return StepCounter::steps();
    };
    const std::int64_t once = cost();
    const std::int64_t twice = cost();
    EXPECT_GE(once, kRows) << "the walk is counted at all";
    EXPECT_LE(twice * 2, once * 5);
  }

  TempDatabase database_;
  StepCounter counter_;
};

TEST_F(WalkThroughEqualRows, ExplainsRowsOfAnUnknownTrackerAtAnEvenPace) {
  sqlite::SqliteStore store(database_.path());
  expect_even_pace("900", "NULL", [&] {
    core::OutboxId after = core::kBeforeAllRows;
    for (bool more = true; more;) {
      store.begin_write();
      const auto last = store.explain_waiting("gone", after, "no such tracker", 25);
      store.commit();
      if (last) after = *last;
      more = last.has_value();
    }
  });
  EXPECT_EQ(database_.sql().number("SELECT count(*) FROM outbox WHERE reason IS NULL"), 0);
}

TEST_F(WalkThroughEqualRows, SurveysScheduledRowsAtAnEvenPace) {
  expect_even_pace("900", "NULL", [&] {
    sqlite::BacklogReader reader(database_.path(), ports::BacklogScope::pending_only);
    reader.look(kNow, core::Millis{0});
    while (reader.pass_under_way()) reader.carry_on(core::Millis{0});
  });
}

TEST_F(WalkThroughEqualRows, SurveysRowsBehindOneOfTheirClickAtAnEvenPace) {
  expect_even_pace("0", "1", [&] {
    sqlite::BacklogReader reader(database_.path(), ports::BacklogScope::pending_only);
    reader.look(kNow, core::Millis{0});
    while (reader.pass_under_way()) reader.carry_on(core::Millis{0});
  });
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
