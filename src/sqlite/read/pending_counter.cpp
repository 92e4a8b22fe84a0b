#include "sqlite/read/pending_counter.hpp"

#include <utility>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/index_walk.hpp"
#include "sqlite/base/read_transaction.hpp"
#include "sqlite/base/statement.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

struct PendingCounter::Parts {
  explicit Parts(const std::string& path) : connection(path) {
    check_schema(connection.handle());
    execute(connection.handle(), "PRAGMA query_only = ON");
  }

  Connection connection;
  sqlite3* db = connection.handle();
  Statement data_version{db, sql::data_version};
  Statement next_tracker{db, sql::next_tracker};
  Statement oldest{db, sql::pending_oldest};
  Walk ready{{db, sql::pending_ready_same}, {db, sql::pending_ready_next}};
  Walk waiting{{db, sql::pending_waiting_same}, {db, sql::pending_waiting_next}};
  std::optional<std::int64_t> seen_version;
};

PendingCounter::PendingCounter(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
PendingCounter::~PendingCounter() = default;

bool PendingCounter::changed() {
  Statement::Run run(parts_->data_version);
  run.step();
  return std::exchange(parts_->seen_version, run.integer(0)) != parts_->seen_version;
}

std::vector<std::string> PendingCounter::trackers(std::size_t limit) {
  return seek_names(parts_->next_tracker, limit);
}

std::optional<core::WallTime> PendingCounter::oldest_due(std::string_view tracker, core::WallTime now) {
  Statement::Run run(parts_->oldest);
  run.bind(":tracker", tracker).bind(":now", core::unix_millis(now));
  if (!run.step()) return std::nullopt;
  const auto since = run.optional_integer(0);
  return since ? std::optional(core::wall_time(*since)) : std::nullopt;
}

bool PendingCounter::count(std::string_view tracker, core::WallTime now, std::size_t limit,
                           Position& position, Counts& counts, const Weigh& weigh) {
  const std::int64_t now_millis = core::unix_millis(now);
  // Where one step is enough for both ways, no row that moves from the one to the other is counted twice.
  const ReadTransaction transaction(parts_->db);
  const auto take = [&](const Statement::Run& run) {
    if (const auto payout = run.optional_text(2)) weigh(*payout, run.text(3));
  };
  const auto bind = [&](Statement::Run& run) -> Statement::Run& {
    return run.bind(":tracker", tracker).bind(":limit", static_cast<std::int64_t>(limit));
  };
  if (position.among_ready) {
    const bool at_end = parts_->ready.go(
        position.id, [&](Statement::Run& run) { bind(run).bind(":due_at", position.due_at); },
        [&](const Statement::Run& run) {
          position.due_at = run.integer(0);
          position.id = run.integer(1);
          ++(position.due_at <= now_millis ? counts.ready : counts.later);
          if (position.due_at > 0) --counts.behind;  // It is met again on the other way.
          take(run);
          return --limit > 0;
        });
    if (!at_end) return true;
    position = {};
    position.among_ready = false;
  }
  std::string from;  // A text that is bound must stay as it is.
  return !parts_->waiting.go(
      position.id,
      [&](Statement::Run& run) {
        from = position.subid;
        bind(run).bind(":subid", from);
      },
      [&](const Statement::Run& run) {
        position.subid = run.text(0);
        position.id = run.integer(1);
        ++counts.behind;
        take(run);
        return --limit > 0;
      });
}

}  // namespace keitaro_outbox::sqlite
