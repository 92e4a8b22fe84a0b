#include "sqlite/intake/sqlite_intake_store.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <utility>

#include "sqlite/admin/append_row.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/base/statement.hpp"
#include "sqlite/base/write_transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/intake/row_fault.hpp"
#include "sqlite/lock/file_identity.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::IntakeItem;
using ports::IntakeOutcome;

/// A trigger of the application's, with RAISE(ROLLBACK), undid the whole transaction.
struct GroupUndone {
  std::size_t item;  ///< By this one's doing.
  std::string reason;
};

}  // namespace

struct SqliteIntakeStore::Parts {
  explicit Parts(const std::string& path) : stamp(FileStamp::of(path)), connection(path), checkpointer(path) {
    check_schema(connection.handle());
    checkpointer.follow(connection.handle());
    append.emplace(connection.handle(), sql::append);
    keep_reject.emplace(connection.handle(), sql::keep_reject);
    keep_position.emplace(connection.handle(), sql::keep_spool_position);
    read_position.emplace(connection.handle(), sql::read_spool_position);
    savepoint.emplace(connection.handle(), "SAVEPOINT item");
    undo.emplace(connection.handle(), "ROLLBACK TO item");
    release.emplace(connection.handle(), "RELEASE item");
  }

  IntakeOutcome reject(const IntakeItem& item, const std::string& reason) {
    Statement::Run(*keep_reject)
        .bind(":received_at", item.received_at)
        .bind(":source", item.source)
        .bind(":method", item.method)
        .bind(":query", item.query)
        .bind(":body", item.body)
        .bind(":reason", reason)
        .execute();
    return ports::RowRejected{reason};
  }

  IntakeOutcome keep(const IntakeItem& item, std::size_t index) {
    if (!item.conversion) return reject(item, item.broken_rule);
    Statement::Run(*savepoint).execute();
    try {
      const bool added = append_row(*append, *item.conversion).has_value();
      Statement::Run(*release).execute();
      if (added) return ports::RowStored{};
      return ports::EventKnown{};
    } catch (const SqlError& error) {
      auto fault = fault_of_row(error);
      if (!fault) throw;
      if (sqlite3_get_autocommit(connection.handle()) != 0) throw GroupUndone{index, *std::move(fault)};
      Statement::Run(*undo).execute();
      Statement::Run(*release).execute();
      return reject(item, *fault);
    }
  }

  std::vector<IntakeOutcome> commit_all(std::span<const IntakeItem> group,
                                        const std::vector<std::optional<std::string>>& turned_away,
                                        const std::optional<ports::SpoolPosition>& position) {
    std::vector<IntakeOutcome> outcomes;
    outcomes.reserve(group.size());
    WriteTransaction transaction(connection.handle());
    for (std::size_t i = 0; i < group.size(); ++i) {
      outcomes.push_back(turned_away[i] ? reject(group[i], *turned_away[i]) : keep(group[i], i));
    }
    if (position) {
      Statement::Run(*keep_position)
          .bind(":spool_id", position->spool_id)
          .bind(":taken", position->taken)
          .execute();
    }
    transaction.commit();
    return outcomes;
  }

  const std::optional<FileStamp> stamp;  ///< Of before it was opened: a later file is not taken for this one.
  Connection connection;
  Checkpointer checkpointer;
  std::optional<Statement> append;
  std::optional<Statement> keep_reject;
  std::optional<Statement> keep_position;
  std::optional<Statement> read_position;
  std::optional<Statement> savepoint;
  std::optional<Statement> undo;
  std::optional<Statement> release;
};

SqliteIntakeStore::SqliteIntakeStore(const std::string& path)
    : path_(path), parts_(std::make_unique<Parts>(path)) {}

SqliteIntakeStore::~SqliteIntakeStore() = default;

/// Whether the path still leads to the file that is open.
bool SqliteIntakeStore::is_current() const {
  const auto now = FileStamp::of(path_);
  return parts_ && parts_->stamp && now && now->same_file(*parts_->stamp);
}

SqliteIntakeStore::Parts& SqliteIntakeStore::open_file() {
  if (!is_current()) {
    parts_.reset();
    parts_ = std::make_unique<Parts>(path_);
  }
  return *parts_;
}

std::vector<IntakeOutcome> SqliteIntakeStore::commit(std::span<const IntakeItem> group, core::Millis wait,
                                                     const std::optional<ports::SpoolPosition>& position) {
  std::vector<std::optional<std::string>> turned_away(group.size());
  for (;;) {
    Parts& parts = open_file();
    parts.connection.wait_at_most(wait);
    try {
      std::vector<IntakeOutcome> outcomes = parts.commit_all(group, turned_away, position);
      if (is_current()) return outcomes;
    } catch (GroupUndone& undone) {
      turned_away[undone.item] = std::move(undone.reason);
    }
  }
}

std::optional<ports::SpoolPosition> SqliteIntakeStore::spool_position() {
  Statement::Run run(*open_file().read_position);
  if (!run.step()) return std::nullopt;
  return ports::SpoolPosition{run.text(0), run.integer(1)};
}

}  // namespace keitaro_outbox::sqlite
