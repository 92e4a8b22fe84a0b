#include "sqlite/intake/sqlite_intake_rejects.hpp"

#include <sqlite3.h>

#include <utility>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/intake/row_fault.hpp"
#include "sqlite/intake/row_inserter.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::IntakeReject;
using ports::Replayed;

IntakeReject reject_of(Run& run) {
  IntakeReject reject;
  reject.id = run.integer(0);
  reject.received_at = core::wall_time(run.integer(1));
  reject.source = run.text(2);
  reject.method = run.text(3);
  reject.query = run.text(4);
  reject.body = run.text(5);
  reject.reason = run.text(6);
  reject.resolved_at = run.optional_time(7);
  return reject;
}

std::vector<IntakeReject> rejects_of(Run& run) {
  std::vector<IntakeReject> rejects;
  while (run.step()) rejects.push_back(reject_of(run));
  return rejects;
}

}  // namespace

struct SqliteIntakeRejects::Parts {
  explicit Parts(const std::string& path) : connection(path, {.reading_will_do = true}) {
    check_schema(connection.handle());
    if (connection.access() == Connection::Access::write)
      checkpointer.emplace(path).follow(connection.handle());
    with_store_errors(db, [&] {
      inserter.emplace(db);
      find.emplace(prepare(db, sql::reject_find));
      open_after.emplace(prepare(db, sql::rejects_open_after));
      newest.emplace(prepare(db, sql::rejects_newest));
      groups.emplace(prepare(db, sql::rejects_groups));
      resolve.emplace(prepare(db, sql::reject_resolve));
      set_reason.emplace(prepare(db, sql::reject_set_reason));
    });
  }

  bool mark_resolved(std::int64_t id, core::WallTime now) {
    Run run(*resolve);
    return run.bind(":id", id).bind(":now", core::unix_millis(now)).execute() > 0;
  }

  Connection connection;
  SQLite::Database& db = connection.database();
  std::optional<Checkpointer> checkpointer;
  std::optional<RowInserter> inserter;
  std::optional<SQLite::Statement> find;
  std::optional<SQLite::Statement> open_after;
  std::optional<SQLite::Statement> newest;
  std::optional<SQLite::Statement> groups;
  std::optional<SQLite::Statement> resolve;
  std::optional<SQLite::Statement> set_reason;
};

SqliteIntakeRejects::SqliteIntakeRejects(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
SqliteIntakeRejects::~SqliteIntakeRejects() = default;

std::int64_t SqliteIntakeRejects::count_open() {
  return with_store_errors(parts_->db, [&] { return integer_of(parts_->db, sql::rejects_count_open); });
}

std::vector<ports::RejectGroup> SqliteIntakeRejects::groups() {
  return with_store_errors(parts_->db, [&] {
    std::vector<ports::RejectGroup> groups;
    Run run(*parts_->groups);
    while (run.step()) {
      groups.push_back({run.text(0), run.text(1), run.integer(2), core::wall_time(run.integer(3)),
                        core::wall_time(run.integer(4)), run.integer(5)});
    }
    return groups;
  });
}

std::optional<IntakeReject> SqliteIntakeRejects::find(std::int64_t id) {
  return with_store_errors(parts_->db, [&]() -> std::optional<IntakeReject> {
    Run run(*parts_->find);
    run.bind(":id", id);
    if (!run.step()) return std::nullopt;
    return reject_of(run);
  });
}

std::vector<IntakeReject> SqliteIntakeRejects::open_after(std::int64_t id, std::int64_t limit) {
  return with_store_errors(parts_->db, [&] {
    Run run(*parts_->open_after);
    return rejects_of(run.bind(":after", id).bind(":limit", limit));
  });
}

std::vector<IntakeReject> SqliteIntakeRejects::newest(std::int64_t limit) {
  return with_store_errors(parts_->db, [&] {
    Run run(*parts_->newest);
    return rejects_of(run.bind(":limit", limit));
  });
}

Replayed SqliteIntakeRejects::resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) {
  try {
    return with_store_errors(parts_->db, [&]() -> Replayed {
      Transaction transaction(parts_->db, Transaction::Kind::write);
      if (!parts_->mark_resolved(id, now)) return {Replayed::Kind::gone, {}};
      const auto inserted = parts_->inserter->insert(conversion);
      if (inserted == RowInserter::Inserted::taken_away)
        return {Replayed::Kind::rejected, std::string(kTakenAway)};
      transaction.commit();
      return {inserted == RowInserter::Inserted::row ? Replayed::Kind::added : Replayed::Kind::already_there,
              {}};
    });
  } catch (const SqlError& error) {
    auto fault = fault_of_row(error);
    if (!fault) throw;
    return {Replayed::Kind::rejected, *std::move(fault)};  // All of it was rolled back.
  }
}

bool SqliteIntakeRejects::resolve(std::int64_t id, core::WallTime now) {
  return with_store_errors(parts_->db, [&] { return parts_->mark_resolved(id, now); });
}

void SqliteIntakeRejects::set_reason(std::int64_t id, const std::string& reason) {
  with_store_errors(parts_->db,
                    [&] { Run(*parts_->set_reason).bind(":id", id).bind(":reason", reason).execute(); });
}

}  // namespace keitaro_outbox::sqlite
