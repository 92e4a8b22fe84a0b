#include "sqlite/intake/sqlite_intake_store.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <utility>

#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/intake/row_fault.hpp"
#include "sqlite/intake/row_inserter.hpp"
#include "sqlite/lock/file_identity.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::IntakeItem;
using ports::IntakeOutcome;

/// How an item of a group is tried: what undid the whole group is tried no second time.
struct Trial {
  std::string turned_away;  ///< Not as a row, for this reason.
  std::string not_kept;     ///< Not as a reject either.
};

/// A trigger of the application's, with RAISE(ROLLBACK), undid the whole transaction.
struct GroupUndone {
  std::size_t item;  ///< By this one's doing.
  Trial next;
};

}  // namespace

struct SqliteIntakeStore::Parts {
  explicit Parts(const std::string& path) : stamp(FileStamp::of(path)), connection(path), checkpointer(path) {
    check_schema(connection.handle());
    checkpointer.follow(connection.handle());
    SQLite::Database& db = connection.database();
    with_store_errors(db, [&] {
      inserter.emplace(db);
      keep_position.emplace(prepare(db, sql::keep_spool_position));
      read_position.emplace(prepare(db, sql::read_spool_position));
      savepoint.emplace(prepare(db, "SAVEPOINT item"));
      undo.emplace(prepare(db, "ROLLBACK TO item"));
      release.emplace(prepare(db, "RELEASE item"));
    });
  }

  bool is_undone() { return sqlite3_get_autocommit(connection.handle()) != 0; }

  /// Takes back what the item has done so far.
  void undo_item() {
    Run(*undo).execute();
    Run(*release).execute();
  }

  /// The application may have a trigger on this table, too: calls that are good must not suffer for it.
  IntakeOutcome reject(const IntakeItem& item, std::size_t index, const std::string& reason) {
    const std::string not_kept = reason + "; and intake_rejects did not take it";
    Run(*savepoint).execute();
    try {
      const bool kept = with_store_errors(connection.database(), [&] {
        if (!keep_reject) {
          Run(*read_position).step();  // Reads the schema as it is now, where another has changed it.
          keep_reject.emplace(prepare(connection.database(), sql::keep_reject));
        }
        Run run(*keep_reject);
        return run.bind(":received_at", item.received_at)
                   .bind(":source", item.source)
                   .bind(":method", item.method)
                   .bind(":query", item.query)
                   .bind(":body", item.body)
                   .bind(":reason", reason)
                   .execute() > 0;
      });
      Run(*release).execute();
      if (kept) return ports::RowRejected{reason};
      return ports::RejectNotKept{not_kept};
    } catch (const SqlError& error) {
      keep_reject.reset();
      if (!concerns_statement_only(error)) throw;
      std::string why = not_kept + ": " + error.said();
      if (is_undone()) throw GroupUndone{index, {reason, std::move(why)}};
      undo_item();
      return ports::RejectNotKept{std::move(why)};
    }
  }

  IntakeOutcome keep(const IntakeItem& item, std::size_t index, const Trial& trial) {
    if (!trial.not_kept.empty()) return ports::RejectNotKept{trial.not_kept};
    if (!trial.turned_away.empty()) return reject(item, index, trial.turned_away);
    if (!item.conversion) return reject(item, index, item.broken_rule);
    std::string reason;
    if (auto outcome = insert(item, index, reason)) return *std::move(outcome);
    // A function of a CHECK that lacks memory counts as a rule that is broken: what is wrong is wrong twice.
    if (auto outcome = insert(item, index, reason)) return *std::move(outcome);
    return reject(item, index, reason);
  }

  /// Nullopt where the row is turned away, with the `reason`.
  std::optional<IntakeOutcome> insert(const IntakeItem& item, std::size_t index, std::string& reason) {
    Run(*savepoint).execute();
    reason = kTakenAway;
    try {
      const auto inserted = inserter->insert(*item.conversion);
      if (inserted != RowInserter::Inserted::taken_away) {
        Run(*release).execute();
        if (inserted == RowInserter::Inserted::row) return ports::RowStored{};
        return ports::EventKnown{};
      }
    } catch (const SqlError& error) {
      auto fault = fault_of_row(error);
      if (!fault) throw;
      if (is_undone()) throw GroupUndone{index, {*std::move(fault), {}}};
      reason = *std::move(fault);
    }
    undo_item();
    return std::nullopt;
  }

  std::vector<IntakeOutcome> commit_all(std::span<const IntakeItem> group, const std::vector<Trial>& trials,
                                        const std::optional<ports::SpoolPosition>& position) {
    std::vector<IntakeOutcome> outcomes;
    outcomes.reserve(group.size());
    Transaction transaction(connection.database(), Transaction::Kind::write);
    for (std::size_t i = 0; i < group.size(); ++i) outcomes.push_back(keep(group[i], i, trials[i]));
    if (position) {
      Run(*keep_position).bind(":spool_id", position->spool_id).bind(":taken", position->taken).execute();
    }
    transaction.commit();
    return outcomes;
  }

  const std::optional<FileStamp> stamp;  ///< Of before it was opened: a later file is not taken for this one.
  Connection connection;
  Checkpointer checkpointer;
  std::optional<RowInserter> inserter;
  std::optional<SQLite::Statement> keep_reject;  ///< Once one was to be kept: it may not be possible.
  std::optional<SQLite::Statement> keep_position;
  std::optional<SQLite::Statement> read_position;
  std::optional<SQLite::Statement> savepoint;
  std::optional<SQLite::Statement> undo;
  std::optional<SQLite::Statement> release;
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

/// A connection stays as its files could be opened: for reading alone, say. After any trouble but a lock the
/// next call opens the database again.
template <typename Work>
auto SqliteIntakeStore::on_file(const Work& work) {
  Parts& parts = open_file();
  try {
    return with_store_errors(parts.connection.database(), [&] { return work(parts); });
  } catch (const ports::StoreError& error) {
    if (error.kind() != ports::StoreError::Kind::busy) parts_.reset();
    throw;
  }
}

std::vector<IntakeOutcome> SqliteIntakeStore::commit(std::span<const IntakeItem> group, core::Millis wait,
                                                     const std::optional<ports::SpoolPosition>& position) {
  std::vector<Trial> trials(group.size());
  for (;;) {
    try {
      std::vector<IntakeOutcome> outcomes = on_file([&](Parts& parts) {
        parts.connection.wait_at_most(wait);
        return parts.commit_all(group, trials, position);
      });
      if (is_current()) return outcomes;
    } catch (GroupUndone& undone) {
      trials[undone.item] = std::move(undone.next);
    }
  }
}

std::optional<ports::SpoolPosition> SqliteIntakeStore::spool_position(std::string_view spool_id) {
  return on_file([&](Parts& parts) -> std::optional<ports::SpoolPosition> {
    Run run(*parts.read_position);
    if (!run.step() || run.view(0) != spool_id) return std::nullopt;
    return ports::SpoolPosition{run.text(0), run.integer(1)};
  });
}

}  // namespace keitaro_outbox::sqlite
