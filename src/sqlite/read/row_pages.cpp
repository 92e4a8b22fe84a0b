#include "sqlite/read/row_pages.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>

#include "core/text/reason_groups.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/run.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/read/row_record.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::PageFilter;
using ports::RowPage;

/// A backlog that is no larger is sorted as a whole; in a larger one the newest rows are walked.
constexpr std::int64_t kSmallBacklog = 20'000;

/// Ids looked through in one step: few at first, as most pages are full at once.
constexpr std::int64_t kFirstStep = 1'000;
constexpr std::int64_t kLongestStep = 64'000;

bool is_undelivered(const std::optional<core::State>& state) {
  return state && *state != core::State::pending && *state != core::State::delivered;
}

class PageReader {
 public:
  PageReader(const SQLite::Database& db, const PageFilter& filter, std::size_t limit, core::Millis time)
      : db_(db), filter_(filter), limit_(limit), end_(std::chrono::steady_clock::now() + time) {}

  RowPage read(std::optional<core::OutboxId> below) {
    // No row has the largest id of all: see the table's CHECK.
    const std::int64_t from = below ? below->value : std::numeric_limits<std::int64_t>::max();
    if (filter_.state == core::State::pending && backlog_is_small()) {
      read_small_backlog(from);
    } else {
      walk(from);
    }
    return std::move(page_);
  }

 private:
  bool time_is_over() const { return std::chrono::steady_clock::now() >= end_; }

  void bind_filter(Run& run) const {
    run.bind(":tracker", filter_.tracker)
        .bind(":campaign", filter_.campaign)
        .bind(":subid", filter_.subid)
        .bind(":tid", filter_.tid)
        .bind(":subid_or_tid", filter_.subid_or_tid)
        .bind(":status", filter_.status)
        .bind(":reason", filter_.reason);
  }

  bool backlog_is_small() const {
    SQLite::Statement statement = prepare(db_, sql::page_pending_count);
    Run run(statement);
    run.bind(":most", kSmallBacklog + 1);
    return run.step() && run.integer(0) <= kSmallBacklog;
  }

  /// Takes the row unless its reason is of another kind; false once the page is full.
  bool take(ports::RowRecord&& row) {
    if (filter_.reason_kind && core::reason_kind(row.reason.value_or("")) != *filter_.reason_kind)
      return true;
    if (page_.rows.size() == limit_) {
      page_.below = core::OutboxId{page_.rows.back().id.value};
      return false;
    }
    page_.rows.push_back(std::move(row));
    return true;
  }

  void read_small_backlog(std::int64_t below) {
    SQLite::Statement ids = prepare(db_, sql::page_pending);
    SQLite::Statement rows = prepare(db_, sql::read_row);
    Run run(ids);
    run.bind(":below", below);
    bind_filter(run);
    while (run.step()) {
      Run row(rows);
      row.bind(":id", run.integer(0));
      if (row.step() && !take(read_row(row))) return;
    }
  }

  void walk(std::int64_t below) {
    const bool undelivered = is_undelivered(filter_.state);
    SQLite::Statement rows = prepare(db_, undelivered ? sql::page_rows_undelivered : sql::page_rows);
    SQLite::Statement next = prepare(db_, undelivered ? sql::page_next_undelivered : sql::page_next);
    for (std::int64_t step = kFirstStep;; step = std::min(step * 2, kLongestStep)) {
      const auto top = next_row(next, undelivered, below);
      if (!top) return;
      // The range ends above the lowest id of all.
      const std::int64_t from = *top > core::kBeforeAllRows.value + step ? *top - step + 1 : 0;
      if (!read_range(rows, from, *top + 1)) return;
      below = from;
      if (!time_is_over()) continue;
      page_.below = core::OutboxId{below};
      return;
    }
  }

  std::optional<std::int64_t> next_row(SQLite::Statement& next, bool undelivered, std::int64_t below) const {
    Run run(next);
    run.bind(":below", below);
    if (undelivered) run.bind(":state", core::name_of(*filter_.state));
    return run.step() ? std::optional(run.integer(0)) : std::nullopt;
  }

  /// False once the page is full.
  bool read_range(SQLite::Statement& rows, std::int64_t from, std::int64_t below) {
    Run run(rows);
    run.bind(":from", from).bind(":below", below);
    if (filter_.state) run.bind(":state", core::name_of(*filter_.state));
    bind_filter(run);
    while (run.step()) {
      if (!take(read_row(run))) return false;
    }
    return true;
  }

  const SQLite::Database& db_;
  const PageFilter& filter_;
  const std::size_t limit_;
  const std::chrono::steady_clock::time_point end_;
  RowPage page_;
};

}  // namespace

RowPage read_page(const SQLite::Database& db, const PageFilter& filter, std::optional<core::OutboxId> below,
                  std::size_t limit, core::Millis time) {
  return PageReader(db, filter, limit, time).read(below);
}

ports::RecentPast read_recent_past(const SQLite::Database& db, std::size_t limit) {
  ports::RecentPast past;
  SQLite::Statement rows = prepare(db, sql::recent_rows);
  Run run(rows);
  run.bind(":limit", static_cast<std::int64_t>(limit));
  std::size_t read = 0;
  for (; run.step(); ++read) {
    const auto state = core::state_named(run.view(1));
    const auto finished_at = run.optional_time(2);
    if (!state || !finished_at) continue;
    past.finished.push_back({.tracker = run.text(0),
                             .state = *state,
                             .finished_at = *finished_at,
                             .http_status = run.optional_integer(3),
                             .response = run.optional_text(4),
                             .reason = run.optional_text(5)});
  }
  SQLite::Statement attempts = prepare(db, sql::recent_attempts);
  Run attempt(attempts);
  attempt.bind(":limit", static_cast<std::int64_t>(limit));
  while (attempt.step()) past.failed_attempts.push_back(core::wall_time(attempt.integer(0)));
  past.whole = read < limit && past.failed_attempts.size() < limit;
  return past;
}

}  // namespace keitaro_outbox::sqlite
