#include "sqlite/admin/pruner.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "core/readback/schedule.hpp"
#include "ports/clock.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/durability/lock_duty_cycle.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

using ports::Pruned;
using ports::PruneFilter;
using ports::PruningOptions;

namespace {

using namespace std::chrono_literals;
using Clock = LockDutyCycle::Clock;

/// Looked at in a step, without any lock.
constexpr std::int64_t kLookedAt = 2000;

/// Deleted in a step, with the write lock held: as many as these few milliseconds take.
constexpr std::size_t kMostInStep = 250;
constexpr auto kLockHeld = 4ms;
constexpr std::size_t kDeletedBetweenLooks = 8;

struct ConversionKey {
  std::string tracker;
  std::string subid;
  std::string tid;
};

/// What a look at the next stretch of a table found.
template <typename Key>
struct Stretch {
  std::vector<Key> old;  ///< To be deleted.
  std::optional<Key> last;
  bool all_young = false;  ///< Nothing in it was written long enough ago.
};

/// What SQLite says of a reference that must not break, or of one that it cannot set to NULL.
bool is_kept_by_reference(const SQLite::Exception& error) {
  return std::string_view(error.what()) == "FOREIGN KEY constraint failed" ||
         error.getExtendedErrorCode() == SQLITE_CONSTRAINT_NOTNULL;
}

}  // namespace

struct Pruner::Parts {
  Parts(const std::string& path, const PruningOptions& given, std::function<void(int)> listener)
      : options(given),
        on_wal_growth(std::move(listener)),
        connection(path, {.busy_limit = options.busy_limit}),
        share({.per_hold = options.pause_per_hold, .least = options.least_pause}) {
    check_schema(connection.handle());
    with_store_errors(db, [&] {
      // The application may leave them off: its references hold all the same, and CASCADE and SET NULL act.
      db.exec("PRAGMA foreign_keys = ON");
      find_rows.emplace(prepare(db, sql::prune_find));
      find_attempts.emplace(prepare(db, sql::prune_find_attempts));
      find_conversions.emplace(prepare(db, sql::prune_find_conversions));
      referenced.emplace(prepare(db, sql::prune_referenced));
      delete_row.emplace(prepare(db, sql::prune_row));
      delete_attempts_of_row.emplace(prepare(db, sql::prune_attempts_of_row));
      count_attempts_of_row.emplace(prepare(db, sql::prune_count_attempts));
      delete_attempt.emplace(prepare(db, sql::prune_attempt));
      delete_conversion.emplace(prepare(db, sql::prune_conversion));
      find_rejects.emplace(prepare(db, sql::prune_find_rejects));
      delete_reject.emplace(prepare(db, sql::prune_reject));
    });
    if (!on_wal_growth) {
      if (!options.dry_run) checkpointer.emplace(path).follow(connection.handle());
      return;
    }
    const auto hook = [](void* parts, sqlite3*, const char*, int pages) {
      static_cast<Parts*>(parts)->on_wal_growth(pages);
      return SQLITE_OK;
    };
    sqlite3_wal_hook(connection.handle(), hook, this);
  }

  /// What `work` gives, or nothing where a reference of the application keeps what it would delete: then all
  /// that it did is undone.
  template <typename Work>
  Pruned unless_referenced(Work&& work);

  template <typename Work>
  auto guarded(Work&& work) {
    return with_store_errors(db, work);
  }

  Stretch<std::int64_t> look_at_rows(const PruneFilter& filter);
  Stretch<std::int64_t> look_at_times(SQLite::Statement& find, std::optional<std::int64_t> cursor,
                                      core::WallTime before);
  Stretch<ConversionKey> look_at_conversions(core::WallTime before);
  bool any_references();
  /// A trial deletes nothing, unless a reference may keep something: only deleting tells, and it is undone.
  bool only_counts() const { return options.dry_run && !has_references; }
  Pruned forget_row(std::int64_t id, core::WallTime before);
  Pruned forget_attempt(std::int64_t id);
  Pruned forget_conversion(const ConversionKey& key, core::WallTime before);
  static std::int64_t asked_before() { return core::unix_millis(ports::wall_now() - core::kGiveUpAfter); }
  Pruned forget_reject(std::int64_t id);

  template <typename Key, typename Forget>
  std::optional<Pruned> step(Stretch<Key> stretch, std::optional<Key>& cursor, const Forget& forget);

  const PruningOptions options;
  const std::function<void(int)> on_wal_growth;
  std::optional<Checkpointer> checkpointer;
  Connection connection;
  SQLite::Database& db = connection.database();
  LockDutyCycle share;
  std::optional<SQLite::Statement> find_rows;
  std::optional<SQLite::Statement> find_attempts;
  std::optional<SQLite::Statement> find_conversions;
  std::optional<SQLite::Statement> referenced;
  std::optional<SQLite::Statement> delete_row;
  std::optional<SQLite::Statement> delete_attempts_of_row;
  std::optional<SQLite::Statement> count_attempts_of_row;
  std::optional<SQLite::Statement> delete_attempt;
  std::optional<SQLite::Statement> delete_conversion;
  std::optional<SQLite::Statement> find_rejects;
  std::optional<SQLite::Statement> delete_reject;

  bool has_references = false;  ///< Whether any table refers to ours by a foreign key.

  // The last ones looked at in the walks under way.
  std::optional<std::int64_t> row_cursor;
  std::optional<std::int64_t> attempt_cursor;
  std::optional<ConversionKey> conversion_cursor;
  std::optional<std::int64_t> reject_cursor;
  std::int64_t first_row = 0;
  std::int64_t last_row = 0;
};

Stretch<std::int64_t> Pruner::Parts::look_at_rows(const PruneFilter& filter) {
  const std::int64_t before = core::unix_millis(filter.before);
  Stretch<std::int64_t> stretch;
  stretch.all_young = true;
  Run run(*find_rows);
  run.bind(":after", row_cursor.value_or(core::kBeforeAllRows.value)).bind(":limit", kLookedAt);
  while (run.step()) {
    const std::int64_t id = run.integer(0);
    if (!row_cursor && !stretch.last) first_row = id;
    stretch.last = id;
    if (run.integer(3) < before) stretch.all_young = false;
    if (run.integer(4) >= before) continue;
    const auto state = core::state_named(run.text(1));
    const bool fits =
        state && *state != core::State::pending &&
        (filter.states.empty() || std::ranges::find(filter.states, *state) != filter.states.end()) &&
        (!filter.tracker || run.text(2) == *filter.tracker);
    if (!fits) continue;
    stretch.old.push_back(id);
    if (stretch.old.size() == kMostInStep) break;
  }
  return stretch;
}

/// Of a table whose statement gives ids and times.
Stretch<std::int64_t> Pruner::Parts::look_at_times(SQLite::Statement& find,
                                                   std::optional<std::int64_t> cursor,
                                                   core::WallTime before) {
  Stretch<std::int64_t> stretch;
  Run run(find);
  run.bind(":after", cursor.value_or(core::kBeforeAllRows.value)).bind(":limit", kLookedAt);
  while (run.step()) {
    stretch.last = run.integer(0);
    if (run.integer(1) >= core::unix_millis(before)) continue;
    stretch.old.push_back(run.integer(0));
    if (stretch.old.size() == kMostInStep) break;
  }
  stretch.all_young = stretch.old.empty();
  return stretch;
}

Stretch<ConversionKey> Pruner::Parts::look_at_conversions(core::WallTime before) {
  Stretch<ConversionKey> stretch;
  const ConversionKey after = conversion_cursor.value_or(ConversionKey{});
  std::int64_t looked_at = 0;
  Run run(*find_conversions);
  run.bind(":tracker", after.tracker)
      .bind(":subid", after.subid)
      .bind(":tid", after.tid)
      .bind(":limit", kLookedAt);
  while (run.step()) {
    ++looked_at;
    const bool to_be_asked = run.integer(4) != 0 && run.integer(3) >= asked_before();
    const bool old = run.integer(3) < core::unix_millis(before) && !to_be_asked;
    if (!old && looked_at < kLookedAt) continue;
    ConversionKey key{run.text(0), run.text(1), run.text(2)};
    if (old) stretch.old.push_back(key);
    stretch.last = std::move(key);
    if (stretch.old.size() == kMostInStep) break;
  }
  return stretch;
}

bool Pruner::Parts::any_references() {
  Run run(*referenced);
  return run.step() && run.integer(0) != 0;
}

template <typename Work>
Pruned Pruner::Parts::unless_referenced(Work&& work) {
  if (!has_references || only_counts()) return work();
  db.exec("SAVEPOINT forgetting");
  Pruned pruned;
  bool kept = false;
  try {
    pruned = work();
    // Those that are checked only at the commit (DEFERRABLE INITIALLY DEFERRED).
    int unresolved = 0;
    int highest = 0;
    sqlite3_db_status(db.getHandle(), SQLITE_DBSTATUS_DEFERRED_FKS, &unresolved, &highest, 0);
    kept = unresolved != 0;
  } catch (const SQLite::Exception& error) {
    if (!is_kept_by_reference(error)) throw;
    kept = true;
  }
  if (kept) db.exec("ROLLBACK TO forgetting");
  db.exec("RELEASE forgetting");
  return kept ? Pruned{} : pruned;
}

/// Deletes what the stretch found, as far as the time allows; the next step goes on behind it. `forget` takes
/// a key and gives what went with it.
template <typename Key, typename Forget>
std::optional<Pruned> Pruner::Parts::step(Stretch<Key> stretch, std::optional<Key>& cursor,
                                          const Forget& forget) {
  if (!stretch.last || (stretch.all_young && options.end_at_young_rows)) {
    cursor.reset();
    return std::nullopt;
  }
  auto begun = Clock::now();
  bool locked = false;
  Pruned pruned;
  std::size_t done = 0;
  if (!stretch.old.empty()) {
    has_references = any_references();
    std::optional<Transaction> transaction;
    if (!only_counts()) {
      transaction.emplace(db, Transaction::Kind::write);
      begun = Clock::now();
    }
    while (done < stretch.old.size()) {
      pruned += unless_referenced([&] { return forget(stretch.old[done]); });
      ++done;
      const bool time_is_up = done % kDeletedBetweenLooks == 0 && Clock::now() - begun >= kLockHeld;
      if (time_is_up && transaction) break;
    }
    locked = transaction.has_value();
    if (transaction && !options.dry_run) transaction->commit();
  }
  if (locked || options.pause_after_looks) share.held_since(begun);
  const bool whole = done == stretch.old.size();
  cursor = whole ? *stretch.last : stretch.old[done - 1];
  return pruned;
}

Pruned Pruner::Parts::forget_row(std::int64_t id, core::WallTime before) {
  Pruned pruned;
  if (only_counts()) {
    Run run(*count_attempts_of_row);
    run.bind(":outbox_id", id);
    pruned.rows = 1;
    pruned.attempts = run.step() ? run.integer(0) : 0;
    return pruned;
  }
  {
    Run run(*delete_row);
    pruned.rows = run.bind(":id", id)
                      .bind(":before", core::unix_millis(before))
                      .bind(":asked_before", asked_before())
                      .execute();
  }
  if (pruned.rows == 0) return pruned;
  Run run(*delete_attempts_of_row);
  pruned.attempts = run.bind(":outbox_id", id).execute();
  return pruned;
}

Pruned Pruner::Parts::forget_attempt(std::int64_t id) {
  Pruned pruned;
  pruned.attempts = 1;
  if (only_counts()) return pruned;
  Run run(*delete_attempt);
  pruned.attempts = run.bind(":id", id).execute();
  return pruned;
}

Pruned Pruner::Parts::forget_conversion(const ConversionKey& key, core::WallTime before) {
  Pruned pruned;
  pruned.conversions = 1;
  if (only_counts()) return pruned;
  Run run(*delete_conversion);
  pruned.conversions = run.bind(":tracker", key.tracker)
                           .bind(":subid", key.subid)
                           .bind(":tid", key.tid)
                           .bind(":before", core::unix_millis(before))
                           .bind(":asked_before", asked_before())
                           .execute();
  return pruned;
}

Pruned Pruner::Parts::forget_reject(std::int64_t id) {
  Pruned pruned;
  pruned.rejects = 1;
  if (only_counts()) return pruned;
  Run run(*delete_reject);
  pruned.rejects = run.bind(":id", id).execute();
  return pruned;
}

Pruner::Pruner(const std::string& path, const PruningOptions& options, std::function<void(int)> on_wal_growth)
    : parts_(std::make_unique<Parts>(path, options, std::move(on_wal_growth))) {}
Pruner::~Pruner() = default;

std::optional<Pruned> Pruner::rows(const PruneFilter& filter) {
  Parts& parts = *parts_;
  return parts.guarded([&] {
    if (!parts.row_cursor) parts.last_row = integer_of(parts.db, sql::read_last_id);
    return parts.step(parts.look_at_rows(filter), parts.row_cursor,
                      [&](std::int64_t id) { return parts.forget_row(id, filter.before); });
  });
}

std::optional<Pruned> Pruner::attempts(core::WallTime before) {
  Parts& parts = *parts_;
  return parts.guarded([&] {
    return parts.step(parts.look_at_times(*parts.find_attempts, parts.attempt_cursor, before),
                      parts.attempt_cursor, [&](std::int64_t id) { return parts.forget_attempt(id); });
  });
}

std::optional<Pruned> Pruner::conversions(core::WallTime before) {
  Parts& parts = *parts_;
  return parts.guarded([&] {
    return parts.step(parts.look_at_conversions(before), parts.conversion_cursor,
                      [&](const ConversionKey& key) { return parts.forget_conversion(key, before); });
  });
}

std::optional<Pruned> Pruner::rejects(core::WallTime before) {
  Parts& parts = *parts_;
  return parts.guarded([&] {
    return parts.step(parts.look_at_times(*parts.find_rejects, parts.reject_cursor, before),
                      parts.reject_cursor, [&](std::int64_t id) { return parts.forget_reject(id); });
  });
}

std::optional<core::WallTime> Pruner::known_time() {
  Parts& parts = *parts_;
  const std::int64_t known = parts.guarded([&] { return integer_of(parts.db, sql::prune_known_time); });
  return known > 0 ? std::optional(core::wall_time(known)) : std::nullopt;
}

void Pruner::note_time(core::WallTime time) {
  Parts& parts = *parts_;
  parts.guarded([&] {
    SQLite::Statement note = prepare(parts.db, sql::prune_note_time);
    Run(note).bind(":time", core::unix_millis(time)).execute();
  });
}

core::SteadyTime Pruner::pause_until() const {
  return parts_->share.free_until();
}

double Pruner::rows_walked() const {
  const Parts& parts = *parts_;
  const auto whole = static_cast<double>(parts.last_row - parts.first_row) + 1;
  const auto walked = static_cast<double>(parts.row_cursor.value_or(parts.first_row) - parts.first_row);
  return std::clamp(walked / whole, 0.0, 1.0);
}

}  // namespace keitaro_outbox::sqlite
