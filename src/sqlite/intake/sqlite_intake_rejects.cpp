#include "sqlite/intake/sqlite_intake_rejects.hpp"

#include <sqlite3.h>

#include <utility>

#include "sqlite/admin/append_row.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/statement.hpp"
#include "sqlite/base/write_transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/intake/row_fault.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::IntakeReject;
using ports::Replayed;

IntakeReject reject_of(Statement::Run& run) {
  IntakeReject reject;
  reject.id = run.integer(0);
  reject.received_at = core::wall_time(run.integer(1));
  reject.source = run.text(2);
  reject.method = run.text(3);
  reject.query = run.text(4);
  reject.body = run.text(5);
  reject.reason = run.text(6);
  if (const auto at = run.optional_integer(7)) reject.resolved_at = core::wall_time(*at);
  return reject;
}

}  // namespace

struct SqliteIntakeRejects::Parts {
  explicit Parts(const std::string& path) : connection(path), checkpointer(path) {
    sqlite3* const db = connection.handle();
    check_schema(db);
    checkpointer.follow(db);
    append.emplace(db, sql::append);
    find.emplace(db, sql::reject_find);
    open_after.emplace(db, sql::rejects_open_after);
    newest.emplace(db, sql::rejects_newest);
    groups.emplace(db, sql::rejects_groups);
    resolve.emplace(db, sql::reject_resolve);
    set_reason.emplace(db, sql::reject_set_reason);
  }

  bool mark_resolved(std::int64_t id, core::WallTime now) {
    Statement::Run run(*resolve);
    return run.bind(":id", id).bind(":now", core::unix_millis(now)).execute() > 0;
  }

  Connection connection;
  Checkpointer checkpointer;
  std::optional<Statement> append;
  std::optional<Statement> find;
  std::optional<Statement> open_after;
  std::optional<Statement> newest;
  std::optional<Statement> groups;
  std::optional<Statement> resolve;
  std::optional<Statement> set_reason;
};

SqliteIntakeRejects::SqliteIntakeRejects(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
SqliteIntakeRejects::~SqliteIntakeRejects() = default;

std::int64_t SqliteIntakeRejects::count_open() {
  return integer_of(parts_->connection.handle(), sql::rejects_count_open);
}

std::vector<ports::RejectGroup> SqliteIntakeRejects::groups() {
  std::vector<ports::RejectGroup> groups;
  Statement::Run run(*parts_->groups);
  while (run.step()) {
    groups.push_back({run.text(0), run.text(1), run.integer(2), core::wall_time(run.integer(3)),
                      core::wall_time(run.integer(4)), run.integer(5)});
  }
  return groups;
}

std::optional<IntakeReject> SqliteIntakeRejects::find(std::int64_t id) {
  Statement::Run run(*parts_->find);
  run.bind(":id", id);
  if (!run.step()) return std::nullopt;
  return reject_of(run);
}

std::vector<IntakeReject> SqliteIntakeRejects::open_after(std::int64_t id, std::int64_t limit) {
  std::vector<IntakeReject> rejects;
  Statement::Run run(*parts_->open_after);
  run.bind(":after", id).bind(":limit", limit);
  while (run.step()) rejects.push_back(reject_of(run));
  return rejects;
}

std::vector<IntakeReject> SqliteIntakeRejects::newest(std::int64_t limit) {
  std::vector<IntakeReject> rejects;
  Statement::Run run(*parts_->newest);
  run.bind(":limit", limit);
  while (run.step()) rejects.push_back(reject_of(run));
  return rejects;
}

Replayed SqliteIntakeRejects::resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) {
  WriteTransaction transaction(parts_->connection.handle());
  if (!parts_->mark_resolved(id, now)) return {Replayed::Kind::gone, {}};
  try {
    const bool added = append_row(*parts_->append, conversion).has_value();
    transaction.commit();
    return {added ? Replayed::Kind::added : Replayed::Kind::already_there, {}};
  } catch (const SqlError& error) {
    auto fault = fault_of_row(error);
    if (!fault) throw;
    return {Replayed::Kind::rejected, *std::move(fault)};  // The transaction is rolled back.
  }
}

bool SqliteIntakeRejects::resolve(std::int64_t id, core::WallTime now) {
  return parts_->mark_resolved(id, now);
}

void SqliteIntakeRejects::set_reason(std::int64_t id, const std::string& reason) {
  Statement::Run(*parts_->set_reason).bind(":id", id).bind(":reason", reason).execute();
}

}  // namespace keitaro_outbox::sqlite
