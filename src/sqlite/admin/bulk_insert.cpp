#include "sqlite/admin/bulk_insert.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/rules/conversion_rules.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "sqlite/admin/append_row.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/durability/lock_duty_cycle.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/broken_rule.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

using ports::ImportResult;

namespace {

using namespace std::chrono_literals;
using Clock = LockDutyCycle::Clock;

/// The write lock is held for this long, and for the commit.
constexpr auto kHold = 5ms;

/// A look at the clock costs a fraction of a row.
constexpr std::size_t kRowsBetweenLooks = 16;

/// Half of the time the lock is the application's.
constexpr double kPausePerHold = 1.0;
constexpr auto kLeastPause = 2ms;

/// An import can wait for an application's long transaction.
constexpr auto kBusyLimit = 60s;

/// A database of SQLite's own in a temporary file, gone with the connection.
class TemporaryDatabase {
 public:
  TemporaryDatabase() : database_(open()) {
    with_store_errors(*database_, [&] {
      database_->exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -8192;");
    });
    migrate(database_->getHandle());
  }

  SQLite::Database& database() const { return *database_; }

 private:
  static std::unique_ptr<SQLite::Database> open() {
    try {
      return std::make_unique<SQLite::Database>("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    } catch (const SQLite::Exception& error) {
      throw file_error("the temporary database", error.getErrorCode(), errno);
    }
  }

  std::unique_ptr<SQLite::Database> database_;
};

}  // namespace

struct BulkInsert::Parts {
  Parts(const std::string& path, Mode mode) : connection(path, {.busy_limit = kBusyLimit}) {
    check_schema(connection.handle());
    if (mode == Mode::try_out) {
      temporary.emplace();
      with_store_errors(connection.database(), [&] {
        connection.database().exec("PRAGMA query_only = ON");
        event_there.emplace(prepare(connection.database(), sql::read_event));
      });
    } else {
      checkpointer.emplace(path);
      checkpointer->follow(connection.handle());
    }
    with_store_errors(target(), [&] { append.emplace(prepare(target(), sql::append)); });
  }

  SQLite::Database& target() const { return temporary ? temporary->database() : connection.database(); }

  bool there_for_real(const Conversion& conversion) {
    if (!event_there || conversion.event_id.empty()) return false;
    return with_store_errors(connection.database(), [&] {
      Run run(*event_there);
      return run.bind(":event_id", conversion.event_id).step();
    });
  }

  ImportResult add_one(const Conversion& conversion) {
    using Kind = ImportResult::Kind;
    try {
      const bool added = with_store_errors(target(), [&] {
        Run run(*append);
        return append_row(run, conversion).has_value();
      });
      return {added && !there_for_real(conversion) ? Kind::added : Kind::already_there, {}};
    } catch (const SqlError& error) {
      const auto rule = broken_rule(error);
      if (!rule) throw;
      return {Kind::rejected, core::words_of_rule(*rule)};
    }
  }

  Connection connection;
  std::optional<TemporaryDatabase> temporary;
  std::optional<Checkpointer> checkpointer;
  std::optional<SQLite::Statement> append;
  std::optional<SQLite::Statement> event_there;
  LockDutyCycle share{{.per_hold = kPausePerHold, .least = kLeastPause}};
};

BulkInsert::BulkInsert(const std::string& path, Mode mode) : parts_(std::make_unique<Parts>(path, mode)) {}

BulkInsert::~BulkInsert() = default;

std::vector<ImportResult> BulkInsert::add(std::span<const Conversion> rows) {
  std::vector<ImportResult> outcomes;
  if (rows.empty()) return outcomes;
  Parts& parts = *parts_;
  if (!parts.temporary) parts.share.wait();
  outcomes.reserve(rows.size());
  return with_store_errors(parts.target(), [&] {
    Transaction transaction(parts.target(), Transaction::Kind::write);
    const auto begun = Clock::now();
    for (const Conversion& conversion : rows) {
      outcomes.push_back(parts.add_one(conversion));
      if (outcomes.size() % kRowsBetweenLooks == 0 && Clock::now() - begun >= kHold) break;
    }
    transaction.commit();
    parts.share.held_since(begun);
    return std::move(outcomes);
  });
}

}  // namespace keitaro_outbox::sqlite
