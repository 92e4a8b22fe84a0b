#include "sqlite/admin/group_finder.hpp"

#include <algorithm>
#include <chrono>

#include "core/text/reason_groups.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/run.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

/// Rows looked at in one run of the statement, so that no read transaction lasts for long.
constexpr int kRowsInOneRun = 10'000;

class Finder {
 public:
  Finder(const ports::ReasonGroupFilter& group, std::int64_t most, std::optional<core::Millis> time)
      : group_(group), most_(most) {
    if (time) end_ = std::chrono::steady_clock::now() + *time;
  }

  /// False where the search is to end.
  bool take(const Run& run) {
    if (core::reason_kind(run.view(1)) == group_.kind) {
      if (static_cast<std::int64_t>(found_.rows.size()) == most_) return stop();
      found_.rows.push_back({run.integer(0)});
    }
    constexpr int kLookAtClockEvery = 64;
    if (end_ && ++looked_ % kLookAtClockEvery == 0 && std::chrono::steady_clock::now() >= *end_)
      return stop();
    return true;
  }

  FoundGroup result() && {
    std::ranges::sort(found_.rows);
    return std::move(found_);
  }

 private:
  bool stop() {
    found_.whole = false;
    return false;
  }

  const ports::ReasonGroupFilter& group_;
  const std::int64_t most_;
  std::optional<std::chrono::steady_clock::time_point> end_;
  std::int64_t looked_ = 0;
  FoundGroup found_;
};

}  // namespace

FoundGroup find_group(const SQLite::Database& db, const ports::ReasonGroupFilter& group, std::int64_t most,
                      std::optional<core::Millis> time) {
  const std::int64_t last = integer_of(db, sql::read_last_id);
  Finder finder(group, most, time);
  if (group.state == core::State::pending) {
    SQLite::Statement statement = prepare(db, sql::group_waiting);
    Run run(statement);
    run.bind(":tracker", group.tracker).bind(":last_id", last);
    while (run.step() && finder.take(run)) {
    }
    return std::move(finder).result();
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
      if (!finder.take(run)) return std::move(finder).result();
      after = run.integer(0);
      ++rows;
    }
    if (rows < kRowsInOneRun) return std::move(finder).result();
  }
}

}  // namespace keitaro_outbox::sqlite
