#include "sqlite/mending.hpp"

#include <chrono>
#include <functional>
#include <thread>

#include "sqlite/connection.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/errors.hpp"
#include "sqlite/migrator.hpp"
#include "sqlite/statement.hpp"

namespace keitaro_outbox::sqlite {
namespace {

/// Rows changed while the write lock is held: some ten milliseconds of it.
constexpr std::int64_t kRowsInOneTransaction = 250;

/// Between two transactions, so that whoever waits for the lock gets it.
constexpr std::chrono::milliseconds kPause{5};

/// Undoes what was begun, unless it was committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(sqlite3* db) : db_(db) { execute(db_, "BEGIN IMMEDIATE"); }
  ~WriteTransaction() {
    if (done_) return;
    try {
      execute(db_, "ROLLBACK");
    } catch (const SqlError&) {
      // SQLite had rolled it back itself.
    }
  }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit() {
    execute(db_, "COMMIT");
    done_ = true;
  }

 private:
  sqlite3* db_;
  bool done_ = false;
};

std::optional<std::int64_t> millis_of(const std::optional<core::WallTime>& time) {
  if (!time) return std::nullopt;
  return core::unix_millis(*time);
}

}  // namespace

struct Mending::Parts {
  /// Changes one row if it is still in the state in which it was found; gives the number of rows changed.
  using Change = std::function<int(core::OutboxId, core::State)>;

  explicit Parts(const std::string& path) : connection(path) {
    check_schema(connection.handle());
    retry.emplace(connection.handle(), sql::mend_retry);
    cancel.emplace(connection.handle(), sql::mend_cancel);
  }

  int retry_row(core::OutboxId id, core::State state) {
    Statement::Run run(*retry);
    return run.bind(":id", id.value).bind(":state", core::name_of(state)).execute();
  }

  int cancel_row(core::OutboxId id) {
    Statement::Run run(*cancel);
    return run.bind(":id", id.value).execute();
  }

  std::int64_t last_id() {
    Statement statement(connection.handle(), sql::inspect_last_id);
    Statement::Run run(statement);
    return run.step() ? run.integer(0) : 0;
  }

  std::optional<core::State> state_of(core::OutboxId id) {
    Statement statement(connection.handle(), sql::inspect_row);
    Statement::Run run(statement);
    run.bind(":id", id.value);
    constexpr int kStateColumn = 13;
    return run.step() ? core::state_named(run.text(kStateColumn)) : std::nullopt;
  }

  std::vector<core::OutboxId> find(const MendFilter& filter, core::State state, std::int64_t after,
                                   std::int64_t last_id, bool tried_only) {
    Statement statement(connection.handle(), sql::mend_find);
    Statement::Run run(statement);
    run.bind(":after", after)
        .bind(":last_id", last_id)
        .bind(":state", core::name_of(state))
        .bind(":tracker", filter.tracker)
        .bind(":before", millis_of(filter.before))
        .bind(":tried_only", tried_only)
        .bind(":limit", kRowsInOneTransaction);
    std::vector<core::OutboxId> ids;
    while (run.step()) ids.push_back({run.integer(0)});
    return ids;
  }

  std::int64_t change_all(const std::vector<core::OutboxId>& ids, core::State state, const Change& change) {
    WriteTransaction transaction(connection.handle());
    std::int64_t changed = 0;
    for (const core::OutboxId id : ids) changed += change(id, state);
    transaction.commit();
    return changed;
  }

  std::int64_t change_found(const MendFilter& filter, bool spare_scheduled, const Change& change) {
    const std::int64_t last = last_id();
    std::int64_t changed = 0;
    for (const core::State state : filter.states) {
      const bool tried_only = spare_scheduled && state == core::State::pending;
      std::int64_t after = 0;
      for (auto ids = find(filter, state, after, last, tried_only); !ids.empty();
           ids = find(filter, state, after, last, tried_only)) {
        if (after != 0) std::this_thread::sleep_for(kPause);
        changed += change_all(ids, state, change);
        after = ids.back().value;
      }
    }
    return changed;
  }

  Connection connection;
  std::optional<Statement> retry;
  std::optional<Statement> cancel;
};

Mending::Mending(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
Mending::~Mending() = default;

std::int64_t Mending::retry(const MendFilter& filter) {
  constexpr bool kSpareScheduled = true;
  return parts_->change_found(filter, kSpareScheduled, [this](core::OutboxId id, core::State state) {
    return parts_->retry_row(id, state);
  });
}

MendResult Mending::retry(core::OutboxId id) {
  const auto state = parts_->state_of(id);
  if (!state) return MendResult::missing;
  return parts_->retry_row(id, *state) > 0 ? MendResult::changed : MendResult::unfit;
}

std::int64_t Mending::cancel(const MendFilter& filter) {
  constexpr bool kSpareScheduled = false;
  return parts_->change_found(filter, kSpareScheduled,
                              [this](core::OutboxId id, core::State) { return parts_->cancel_row(id); });
}

MendResult Mending::cancel(core::OutboxId id) {
  if (parts_->cancel_row(id) > 0) return MendResult::changed;
  return parts_->state_of(id) ? MendResult::unfit : MendResult::missing;
}

}  // namespace keitaro_outbox::sqlite
