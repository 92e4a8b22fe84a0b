#include "sqlite/admin/bulk_insert.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <optional>

#include "core/rules/conversion_rules.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "sqlite/admin/append_row.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/base/write_transaction.hpp"
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
  TemporaryDatabase() {
    const int code = sqlite3_open_v2("", &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code != SQLITE_OK) {
      const SqlError error = sql_error(db_, code);
      sqlite3_close(db_);
      throw error;
    }
    sqlite3_extended_result_codes(db_, 1);
    execute(db_, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -8192;");
    migrate(db_);
  }
  ~TemporaryDatabase() { sqlite3_close(db_); }
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;

  sqlite3* handle() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace

struct BulkInsert::Parts {
  Parts(const std::string& path, Mode mode) : connection(path, {.busy_limit = kBusyLimit}) {
    check_schema(connection.handle());
    if (mode == Mode::try_out) {
      execute(connection.handle(), "PRAGMA query_only = ON");
      temporary.emplace();
      event_there.emplace(connection.handle(), sql::read_event);
    } else {
      checkpointer.emplace(path);
      checkpointer->follow(connection.handle());
    }
    append.emplace(target(), sql::append);
  }

  sqlite3* target() const { return temporary ? temporary->handle() : connection.handle(); }

  bool there_for_real(const Conversion& conversion) {
    if (!event_there || conversion.event_id.empty()) return false;
    Statement::Run run(*event_there);
    return run.bind(":event_id", conversion.event_id).step();
  }

  ImportResult add_one(const Conversion& conversion) {
    using Kind = ImportResult::Kind;
    try {
      const bool added = append_row(*append, conversion).has_value();
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
  std::optional<Statement> append;
  std::optional<Statement> event_there;
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
  WriteTransaction transaction(parts.target());
  const auto begun = Clock::now();
  for (const Conversion& conversion : rows) {
    outcomes.push_back(parts.add_one(conversion));
    if (outcomes.size() % kRowsBetweenLooks == 0 && Clock::now() - begun >= kHold) break;
  }
  transaction.commit();
  parts.share.held_since(begun);
  return outcomes;
}

}  // namespace keitaro_outbox::sqlite
