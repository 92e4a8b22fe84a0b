#include "sqlite/admin/group_finder.hpp"

#include <utility>

#include "sqlite/base/database.hpp"
#include "sqlite/base/run.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

/// Rows looked at in one run of the statement, so that no read transaction lasts for long.
constexpr int kRowsInOneRun = 10'000;
constexpr int kLookAtClockEvery = 64;

}  // namespace

stores::FoundGroup find_group(const SQLite::Database& db, const ports::ReasonGroupFilter& group,
                              std::int64_t most, std::optional<core::Millis> time) {
  const std::int64_t last = integer_of(db, sql::read_last_id);
  stores::GroupSearch search(group, most, time);
  int looked_at = 0;
  const auto take = [&](const Run& run) {
    return search.take({run.integer(0)}, run.view(1)) &&
           (++looked_at % kLookAtClockEvery != 0 || search.has_time());
  };
  if (group.state == core::State::pending) {
    SQLite::Statement statement = prepare(db, sql::group_waiting);
    Run run(statement);
    run.bind(":tracker", group.tracker).bind(":last_id", last);
    while (run.step() && take(run)) {
    }
    return std::move(search).result();
  }
  SQLite::Statement statement = prepare(db, sql::group_undelivered);
  std::int64_t after = core::kBeforeAllRows.value;
  for (;;) {
    Run run(statement);
    run.bind(":state", core::name_of(group.state))
        .bind(":tracker", group.tracker)
        .bind(":after", after)
        .bind(":last_id", last);
    int rows = 0;
    while (rows < kRowsInOneRun && run.step()) {
      if (!take(run)) return std::move(search).result();
      after = run.integer(0);
      ++rows;
    }
    if (rows < kRowsInOneRun) return std::move(search).result();
  }
}

}  // namespace keitaro_outbox::sqlite
