#include "postgresql/admin/pruner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/readback/schedule.hpp"
#include "ports/clock.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::Pruned;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLookedAtOnce = 1'000;

/// What was taken in before then is not asked after any more.
core::WallTime asked_before() {
  return ports::wall_now() - core::kGiveUpAfter;
}

}  // namespace

Pruner::Pruner(std::string address, const ports::PruningOptions& options)
    : address_(std::move(address)), options_(options) {
  connection();
}

Connection& Pruner::connection() {
  if (connection_ && !connection_->lost()) return *connection_;
  connection_.reset();
  Limits limits;
  limits.lock = options_.busy_limit;
  connection_.emplace(address_, limits);
  check_schema(*connection_);
  return *connection_;
}

void Pruner::stepped(core::SteadyTime since, bool deleted) {
  const auto now = Clock::now();
  if (!deleted && !options_.pause_after_looks) return;
  const auto pause = std::chrono::duration<double>(now - since) * options_.pause_per_hold;
  pause_until_ =
      now + std::max<core::SteadyTime::duration>(
                options_.least_pause, std::chrono::duration_cast<core::SteadyTime::duration>(pause));
}

/// The next stretch of a table; each row of the result has its id, whether it is to go, and whether it is old
/// at all.
Pruner::Looked Pruner::look(const Statement& statement, std::optional<std::int64_t>& cursor) {
  const Result found = connection().run(statement);
  Looked looked;
  bool any_old = false;
  for (int row = 0; row < found.rows(); ++row) {
    any_old = any_old || found.boolean(row, 2);
    if (!found.boolean(row, 1)) continue;
    looked.old.add(found.integer(row, 0));
    ++looked.count;
  }
  looked.at_end = found.empty() || (options_.end_at_young_rows && !any_old);
  if (looked.at_end) {
    cursor.reset();
  } else {
    cursor = found.integer(found.rows() - 1, 0);
  }
  return looked;
}

std::optional<Pruned> Pruner::rows(const ports::PruneFilter& filter) {
  const auto since = Clock::now();
  std::optional<ArrayParameter> states;
  for (const core::State state : filter.states) {
    if (!states) states.emplace();
    states->add(core::name_of(state));
  }
  if (!row_cursor_) last_row_ = connection().run({sql::admin_last_id}).integer(0, 0);
  const Looked looked = look({sql::prune_find, Parameters()
                                                   .add(row_cursor_.value_or(0))
                                                   .add(filter.before)
                                                   .add(states)
                                                   .add(filter.tracker)
                                                   .add(kLookedAtOnce)
                                                   .add(asked_before())},
                             row_cursor_);
  Pruned pruned;
  if (looked.count > 0 && options_.dry_run) {
    pruned.rows = looked.count;
    pruned.attempts =
        connection().run({sql::prune_count_attempts, Parameters().add(looked.old)}).integer(0, 0);
  } else if (looked.count > 0) {
    pruned = delete_rows(looked.old, filter.before);
  }
  stepped(since, pruned.any() && !options_.dry_run);
  if (looked.at_end && !pruned.any()) return std::nullopt;
  return pruned;
}

/// All at once; where another table refers to one of them, one by one.
Pruned Pruner::delete_rows(const ArrayParameter& ids, core::WallTime before) {
  const auto delete_these = [&](const ArrayParameter& these) {
    Transaction transaction(connection());
    const Result gone = connection().run({sql::prune_rows, Parameters().add(these).add(before)});
    ArrayParameter deleted;
    for (int row = 0; row < gone.rows(); ++row) deleted.add(gone.integer(row, 0));
    Pruned pruned;
    pruned.rows = gone.rows();
    pruned.attempts = connection().run({sql::prune_attempts_of_rows, Parameters().add(deleted)}).changed();
    transaction.commit();
    return pruned;
  };
  try {
    return delete_these(ids);
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
  }
  Pruned pruned;
  const Result each = connection().run({"SELECT unnest($1::bigint[])", Parameters().add(ids)});
  for (int row = 0; row < each.rows(); ++row) {
    try {
      pruned += delete_these(ArrayParameter().add(each.integer(row, 0)));
    } catch (const SqlError& error) {
      if (!error.speaks_of_a_row()) throw;  // Something refers to it: it stays.
    }
  }
  return pruned;
}

std::optional<Pruned> Pruner::attempts(core::WallTime before) {
  const auto since = Clock::now();
  const Looked looked = look({sql::prune_find_attempts,
                              Parameters().add(attempt_cursor_.value_or(0)).add(before).add(kLookedAtOnce)},
                             attempt_cursor_);
  Pruned pruned;
  pruned.attempts = looked.count;
  if (looked.count > 0 && !options_.dry_run)
    pruned.attempts = connection().run({sql::prune_attempts, Parameters().add(looked.old)}).changed();
  stepped(since, pruned.any() && !options_.dry_run);
  if (looked.at_end && !pruned.any()) return std::nullopt;
  return pruned;
}

std::optional<Pruned> Pruner::rejects(core::WallTime before) {
  const auto since = Clock::now();
  const Looked looked = look(
      {sql::prune_find_rejects, Parameters().add(reject_cursor_.value_or(0)).add(before).add(kLookedAtOnce)},
      reject_cursor_);
  Pruned pruned;
  pruned.rejects = looked.count;
  if (looked.count > 0 && !options_.dry_run)
    pruned.rejects = connection().run({sql::prune_rejects, Parameters().add(looked.old)}).changed();
  stepped(since, pruned.any() && !options_.dry_run);
  if (looked.at_end && !pruned.any()) return std::nullopt;
  return pruned;
}

std::optional<Pruned> Pruner::conversions(core::WallTime before) {
  const auto since = Clock::now();
  const ConversionKey after = conversion_cursor_.value_or(ConversionKey{});
  const Result found = connection().run({sql::prune_find_conversions, Parameters()
                                                                          .add(after.tracker)
                                                                          .add(after.subid)
                                                                          .add(after.tid)
                                                                          .add(before)
                                                                          .add(kLookedAtOnce)
                                                                          .add(asked_before())});
  if (found.empty()) {
    conversion_cursor_.reset();
    return std::nullopt;
  }
  const int last = found.rows() - 1;
  conversion_cursor_ = ConversionKey{found.text(last, 0), found.text(last, 1), found.text(last, 2)};
  ArrayParameter trackers;
  ArrayParameter subids;
  ArrayParameter tids;
  Pruned pruned;
  for (int row = 0; row < found.rows(); ++row) {
    if (!found.boolean(row, 3)) continue;
    trackers.add(found.view(row, 0));
    subids.add(found.view(row, 1));
    tids.add(found.view(row, 2));
    ++pruned.conversions;
  }
  if (pruned.conversions > 0 && !options_.dry_run) {
    pruned.conversions =
        connection()
            .run({sql::prune_conversions,
                  Parameters().add(trackers).add(subids).add(tids).add(before).add(asked_before())})
            .changed();
  }
  stepped(since, pruned.any() && !options_.dry_run);
  return pruned;
}

std::optional<core::WallTime> Pruner::known_time() {
  const Result found = connection().run({sql::prune_known_time});
  if (found.is_null(0, 0)) return std::nullopt;
  return core::wall_time(found.integer(0, 0));
}

void Pruner::note_time(core::WallTime time) {
  connection().run({sql::prune_note_time, Parameters().add(time)});
}

double Pruner::rows_walked() const {
  if (last_row_ <= 0) return 1;
  return std::clamp(static_cast<double>(row_cursor_.value_or(0)) / static_cast<double>(last_row_), 0.0, 1.0);
}

}  // namespace keitaro_outbox::postgresql
