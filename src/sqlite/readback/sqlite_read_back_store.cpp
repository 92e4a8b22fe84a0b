#include "sqlite/readback/sqlite_read_back_store.hpp"

#include <utility>

#include "ports/outbox_store.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/lock/file_identity.hpp"
#include "sqlite/readback/conclude.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/store/trigger_switch.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::LedgerConversion;

/// A worker that is busy records something within it, also where the disk is slow. Shorter than the time
/// between two requests at the usual rate, which it does not lower.
constexpr core::Millis kPatience{500};

core::Status status_of(const Run& run, int column) {
  const auto status = core::status_named(run.view(column));
  if (!status)
    throw ports::StoreError(ports::StoreError::Kind::schema,
                            "a conversion has the unknown status " + run.text(column));
  return *status;
}

LedgerConversion conversion_of(const Run& run) {
  LedgerConversion conversion;
  core::SentConversion& sent = conversion.sent;
  sent.subid = run.text(0);
  sent.tid = run.text(1);
  sent.status = status_of(run, 2);
  sent.sent_status = run.text(3);
  sent.payout = core::Amount::parse(run.view(4));
  sent.currency = run.text(5);
  sent.outbox_id = {run.integer(6)};
  sent.taken_in_at = core::wall_time(run.integer(7));
  sent.first_taken_in_at = run.optional_time(8);
  sent.check_at = run.optional_time(9).value_or(core::WallTime{});
  sent.looked_at = run.optional_time(10);
  sent.note = run.text(11);
  conversion.verdict = core::verdict_named(run.view(12)).value_or(core::Verdict::unchecked);
  return conversion;
}

}  // namespace

struct SqliteReadBackStore::Parts {
  Parts(const std::string& file, core::Millis busy_limit, VerdictInbox* delivery)
      : path(file),
        inbox(delivery),
        stamp(FileStamp::of(file)),
        connection(file, {.reading_will_do = true, .busy_limit = busy_limit}),
        triggers((check_schema(connection.handle()), connection.database())) {
    if (connection.access() == Connection::Access::write)
      checkpointer.emplace(file).follow(connection.handle());
    with_store_errors(db, [&] {
      due.emplace(prepare(db, sql::readback_due));
      next.emplace(prepare(db, sql::readback_next));
      conclude.emplace(prepare(db, sql::readback_conclude));
      shown.emplace(prepare(db, sql::readback_shown));
      note_shown.emplace(prepare(db, sql::readback_note_shown));
      walk.emplace(prepare(db, sql::readback_walk));
      find.emplace(prepare(db, sql::readback_find));
      ask.emplace(prepare(db, sql::readback_ask));
      in_doubt.emplace(prepare(db, sql::readback_in_doubt));
    });
  }

  template <typename Work>
  auto guarded(Work&& work) {
    return with_store_errors(db, work);
  }

  /// A trigger of the application that fails must not keep a verdict from being written: then it is written
  /// without any.
  template <typename Work>
  std::int64_t in_transaction(Work&& work) {
    return guarded([&] {
      try {
        Transaction transaction(db, Transaction::Kind::write);
        const std::int64_t changed = work();
        transaction.commit();
        return changed;
      } catch (const SQLite::Exception& error) {
        if (!speaks_of_a_row(error.getErrorCode())) throw;
      }
      Transaction transaction(db, Transaction::Kind::write);
      const WithoutTriggers off(triggers);
      const std::int64_t changed = work();
      transaction.commit();
      return changed;
    });
  }

  const std::string path;
  VerdictInbox* const inbox;
  const std::optional<FileStamp> stamp;
  Connection connection;
  SQLite::Database& db = connection.database();
  std::optional<Checkpointer> checkpointer;
  TriggerSwitch triggers;
  std::optional<SQLite::Statement> due;
  std::optional<SQLite::Statement> next;
  std::optional<SQLite::Statement> conclude;
  std::optional<SQLite::Statement> shown;
  std::optional<SQLite::Statement> note_shown;
  std::optional<SQLite::Statement> walk;
  std::optional<SQLite::Statement> find;
  std::optional<SQLite::Statement> ask;
  std::optional<SQLite::Statement> in_doubt;
};

SqliteReadBackStore::SqliteReadBackStore(const std::string& path, core::Millis busy_limit,
                                         VerdictInbox* inbox)
    : parts_(std::make_unique<Parts>(path, busy_limit, inbox)) {}
SqliteReadBackStore::~SqliteReadBackStore() = default;

std::vector<core::SentConversion> SqliteReadBackStore::due(std::string_view tracker, core::WallTime now,
                                                           std::size_t limit) {
  return parts_->guarded([&] {
    std::vector<core::SentConversion> found;
    Run run(*parts_->due);
    run.bind(":tracker", tracker)
        .bind(":now", core::unix_millis(now))
        .bind(":limit", static_cast<std::int64_t>(limit));
    while (run.step()) found.push_back(conversion_of(run).sent);
    return found;
  });
}

std::optional<core::WallTime> SqliteReadBackStore::next_check(std::string_view tracker) {
  return parts_->guarded([&] {
    Run run(*parts_->next);
    run.bind(":tracker", tracker);
    return run.step() ? run.optional_time(0) : std::nullopt;
  });
}

std::int64_t SqliteReadBackStore::write(std::string_view tracker,
                                        std::span<const ports::ConcludedConversion> concluded,
                                        core::WallTime now) {
  if (concluded.empty()) return 0;
  VerdictInbox::Taken taken;
  if (parts_->inbox != nullptr) taken = parts_->inbox->offer(tracker, concluded, now, kPatience);
  const auto left = concluded.subspan(taken.written);
  if (left.empty()) return taken.changed;
  return taken.changed + parts_->in_transaction([&] {
    std::int64_t changed = 0;
    for (const auto& one : left) changed += write_conclusion(*parts_->conclude, tracker, one, now);
    return changed;
  });
}

std::optional<core::WallTime> SqliteReadBackStore::shown_at(std::string_view tracker) {
  return parts_->guarded([&] {
    Run run(*parts_->shown);
    run.bind(":tracker", tracker);
    return run.step() ? run.optional_time(0) : std::nullopt;
  });
}

void SqliteReadBackStore::note_shown(std::string_view tracker, core::WallTime at) {
  parts_->in_transaction([&] {
    Run run(*parts_->note_shown);
    return std::int64_t{run.bind(":tracker", tracker).bind(":shown_at", core::unix_millis(at)).execute()};
  });
}

std::vector<LedgerConversion> SqliteReadBackStore::walk(std::string_view tracker,
                                                        const core::LedgerKey& after, std::size_t limit) {
  return parts_->guarded([&] {
    std::vector<LedgerConversion> found;
    Run run(*parts_->walk);
    run.bind(":tracker", tracker)
        .bind(":subid", after.subid)
        .bind(":tid", after.tid)
        .bind(":limit", static_cast<std::int64_t>(limit));
    while (run.step()) found.push_back(conversion_of(run));
    return found;
  });
}

std::optional<LedgerConversion> SqliteReadBackStore::find(std::string_view tracker,
                                                          const core::LedgerKey& key) {
  return parts_->guarded([&]() -> std::optional<LedgerConversion> {
    Run run(*parts_->find);
    run.bind(":tracker", tracker).bind(":subid", key.subid).bind(":tid", key.tid);
    if (!run.step()) return std::nullopt;
    return conversion_of(run);
  });
}

std::int64_t SqliteReadBackStore::ask(std::string_view tracker, std::span<const core::LedgerKey> keys,
                                      core::WallTime now) {
  if (keys.empty()) return 0;
  return parts_->in_transaction([&] {
    std::int64_t changed = 0;
    for (const core::LedgerKey& key : keys) {
      Run run(*parts_->ask);
      changed += run.bind(":tracker", tracker)
                     .bind(":subid", key.subid)
                     .bind(":tid", key.tid)
                     .bind(":now", core::unix_millis(now))
                     .execute();
    }
    return changed;
  });
}

std::array<std::int64_t, core::kVerdicts> SqliteReadBackStore::in_doubt(std::string_view tracker) {
  return parts_->guarded([&] {
    std::array<std::int64_t, core::kVerdicts> counts{};
    for (const core::Verdict verdict :
         {core::Verdict::differs, core::Verdict::absent, core::Verdict::unknowable}) {
      Run run(*parts_->in_doubt);
      run.bind(":verdict", core::name_of(verdict)).bind(":tracker", tracker);
      if (run.step()) counts[static_cast<std::size_t>(verdict)] = run.integer(0);
    }
    return counts;
  });
}

bool SqliteReadBackStore::is_of_another_database() const {
  const auto now = FileStamp::of(parts_->path);
  return !now || !parts_->stamp || !now->same_file(*parts_->stamp);
}

}  // namespace keitaro_outbox::sqlite
