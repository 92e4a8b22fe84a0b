#include "sqlite/census.hpp"

#include <sqlite3.h>

#include <utility>

#include "sqlite/connection.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/migrator.hpp"
#include "sqlite/statement.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using Run = Statement::Run;

/// One moment of the database, for as long as it lives.
class Snapshot {
 public:
  explicit Snapshot(sqlite3* db) : db_(db) { execute(db_, "BEGIN"); }
  ~Snapshot() { sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  sqlite3* db_;
};

/// `on_row` for each of up to `limit` rows of the index that the position is in, which then is that of the
/// last. Gives the number of rows.
template <typename OnRow>
std::size_t read_on(Statement& statement, std::string_view tracker, std::size_t limit,
                    Census::Position& position, OnRow&& on_row) {
  Run run(statement);
  run.bind(":tracker", tracker)
      .bind(":after_id", position.id)
      .bind(":limit", static_cast<std::int64_t>(limit));
  const std::string after_subid = position.subid;
  if (position.among_ready) {
    run.bind(":after_due_at", position.due_at);
  } else {
    run.bind(":after_subid", after_subid);
  }
  std::size_t seen = 0;
  while (run.step()) {
    ++seen;
    on_row(run);
    position.id = run.integer(1);
    if (position.among_ready) {
      position.due_at = run.integer(0);
    } else if (seen == limit) {
      position.subid = run.text(0);
    }
  }
  return seen;
}

/// One step of a walk: first through the rows that are ready, then through those that wait. Where one step is
/// enough for both, no row that moves from here to there is counted twice. False at the walk's end.
template <typename OnRow>
bool step(sqlite3* db, Statement& ready, Statement& waiting, std::string_view tracker, std::size_t limit,
          Census::Position& position, OnRow&& on_row) {
  const Snapshot snapshot(db);
  std::size_t left = limit;
  if (position.among_ready) {
    left -= read_on(ready, tracker, left, position, on_row);
    if (left == 0) return true;
    position = {};
    position.among_ready = false;
  }
  return read_on(waiting, tracker, left, position, on_row) == left;
}

}  // namespace

struct Census::Parts {
  explicit Parts(const std::string& path) : connection(path) {
    check_schema(connection.handle());
    execute(connection.handle(), "PRAGMA query_only = ON");
  }

  Connection connection;
  sqlite3* db = connection.handle();
  Statement data_version{db, sql::data_version};
  Statement next_tracker{db, sql::next_tracker};
  Statement oldest{db, sql::census_oldest};
  Statement ready{db, sql::census_ready};
  Statement waiting{db, sql::census_waiting};
  Statement ready_money{db, sql::census_ready_money};
  Statement waiting_money{db, sql::census_waiting_money};
  std::optional<std::int64_t> seen_version;
};

Census::Census(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
Census::~Census() = default;

bool Census::changed() {
  Run run(parts_->data_version);
  run.step();
  return std::exchange(parts_->seen_version, run.integer(0)) != parts_->seen_version;
}

std::vector<std::string> Census::trackers(std::size_t limit) {
  std::vector<std::string> found;
  std::string after;
  while (found.size() < limit) {
    Run run(parts_->next_tracker);
    run.bind(":after", after);
    if (!run.step()) break;
    found.push_back(run.text(0));
    after = found.back();
  }
  return found;
}

std::optional<core::WallTime> Census::oldest_due(std::string_view tracker, core::WallTime now) {
  Run run(parts_->oldest);
  run.bind(":tracker", tracker).bind(":now", core::unix_millis(now));
  if (!run.step()) return std::nullopt;
  const auto since = run.optional_integer(0);
  return since ? std::optional(core::wall_time(*since)) : std::nullopt;
}

bool Census::count(std::string_view tracker, core::WallTime now, std::size_t limit, Position& position,
                   Counts& counts) {
  const std::int64_t now_millis = core::unix_millis(now);
  return step(parts_->db, parts_->ready, parts_->waiting, tracker, limit, position, [&](const Run& run) {
    if (!position.among_ready) {
      ++counts.behind;
      return;
    }
    const std::int64_t due_at = run.integer(0);
    ++(due_at <= now_millis ? counts.ready : counts.later);
    if (due_at > 0) --counts.behind;  // It is met again among those that wait.
  });
}

bool Census::weigh(std::string_view tracker, std::size_t limit, Position& position, const Weigh& weigh) {
  return step(parts_->db, parts_->ready_money, parts_->waiting_money, tracker, limit, position,
              [&](const Run& run) {
                if (const auto payout = run.optional_text(2)) weigh(*payout, run.text(3));
              });
}

}  // namespace keitaro_outbox::sqlite
