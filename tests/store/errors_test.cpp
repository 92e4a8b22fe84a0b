#include "sqlite/base/errors.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace keitaro_outbox::store_tests {
namespace {

TEST(SpeaksOfARow, IsSaidOfAConstraintAndOfWhatATriggerRunsInto) {
  struct Case {
    int code;
    bool with_triggers;
    bool without;
  };
  constexpr Case kCases[] = {
      {SQLITE_CONSTRAINT_CHECK, true, true}, {SQLITE_CONSTRAINT_TRIGGER, true, true},
      {SQLITE_ERROR, true, false},           {SQLITE_MISMATCH, true, false},
      {SQLITE_TOOBIG, true, false},          {SQLITE_BUSY_SNAPSHOT, false, false},
      {SQLITE_IOERR_WRITE, false, false},    {SQLITE_FULL, false, false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(sqlite::speaks_of_a_row(c.code), c.with_triggers) << c.code;
    EXPECT_EQ(sqlite::speaks_of_a_row(c.code, false), c.without) << c.code;
  }
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
