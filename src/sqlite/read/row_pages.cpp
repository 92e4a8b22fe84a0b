#include "sqlite/read/row_pages.hpp"

#include "sqlite/base/database.hpp"
#include "sqlite/base/run.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/read/row_record.hpp"
#include "stores/page_reader.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::PageFilter;
using ports::RowPage;

class SqlitePageReader final : public stores::PageReader {
 public:
  SqlitePageReader(const SQLite::Database& db, const PageFilter& filter, std::size_t limit, core::Millis time)
      : PageReader(filter, limit, time), db_(db) {}

 private:
  void bind_filter(Run& run) const {
    run.bind(":tracker", filter().tracker)
        .bind(":campaign", filter().campaign)
        .bind(":subid", filter().subid)
        .bind(":tid", filter().tid)
        .bind(":subid_or_tid", filter().subid_or_tid)
        .bind(":status", filter().status)
        .bind(":reason", filter().reason);
  }

  std::int64_t count_pending(std::int64_t most) override {
    SQLite::Statement statement = prepare(db_, sql::page_pending_count);
    Run run(statement);
    run.bind(":most", most);
    return run.step() ? run.integer(0) : 0;
  }

  void take_pending(std::int64_t below) override {
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

  std::optional<std::int64_t> next_row(std::int64_t below) override {
    if (!next_)
      next_.emplace(prepare(db_, asks_for_undelivered() ? sql::page_next_undelivered : sql::page_next));
    Run run(*next_);
    run.bind(":below", below);
    if (asks_for_undelivered()) run.bind(":state", core::name_of(*filter().state));
    return run.step() ? std::optional(run.integer(0)) : std::nullopt;
  }

  bool take_range(std::int64_t from, std::int64_t below) override {
    if (!rows_)
      rows_.emplace(prepare(db_, asks_for_undelivered() ? sql::page_rows_undelivered : sql::page_rows));
    Run run(*rows_);
    run.bind(":from", from).bind(":below", below);
    if (filter().state) run.bind(":state", core::name_of(*filter().state));
    bind_filter(run);
    while (run.step()) {
      if (!take(read_row(run))) return false;
    }
    return true;
  }

  const SQLite::Database& db_;
  std::optional<SQLite::Statement> next_;
  std::optional<SQLite::Statement> rows_;
};

}  // namespace

RowPage read_page(const SQLite::Database& db, const PageFilter& filter, std::optional<core::OutboxId> below,
                  std::size_t limit, core::Millis time) {
  return SqlitePageReader(db, filter, limit, time).read(below);
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
