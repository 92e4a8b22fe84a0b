#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/rules/recorded_words.hpp"
#include "core/text/column_values.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/readback/conclude.hpp"
#include "sqlite/store/sqlite_store_parts.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using core::OutboxId;

constexpr std::size_t kVerdictsInGroup = 32;

constexpr const char* kIgnored = "a trigger of the application ignores the change (RAISE(IGNORE))";

/// What is written of a result in any case. The texts must outlive the run.
void bind_result(Run& run, const ports::RowResult& result, const std::optional<std::string>& response) {
  run.bind(":id", result.id.value)
      .bind(":created_at", result.created_at)
      .bind(":attempts", result.attempts)
      .bind(":strikes", result.strikes)
      .bind(":refusals", result.refusals)
      .bind(":sent_as", core::name_of(result.sent_as))
      .bind(":requested", result.requested)
      .bind(":http_status", result.http_status)
      .bind(":response", response);
}

/// Whatever is done while it lives can be undone alone.
class Savepoint {
 public:
  Savepoint(SQLite::Database& db, bool wanted) : db_(db), open_(wanted) {
    if (open_) db_.exec("SAVEPOINT one_row");
  }
  ~Savepoint() {
    if (open_ && sqlite3_get_autocommit(db_.getHandle()) == 0)
      db_.tryExec("ROLLBACK TO one_row; RELEASE one_row");
  }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  void keep() {
    if (std::exchange(open_, false)) db_.exec("RELEASE one_row");
  }

 private:
  SQLite::Database& db_;
  bool open_;
};

}  // namespace

/// What the worker writes for itself must not fail for a trigger of the application: then it is written
/// without any.
template <typename Work>
void SqliteStore::despite_triggers(Work&& work) {
  if (triggers_->on() && !upkeep_without_triggers_) {
    try {
      Savepoint savepoint(connection_->database(), true);
      work();
      return savepoint.keep();
    } catch (const SQLite::Exception& error) {
      if (!speaks_of_a_row(error.getErrorCode())) throw;
      if (sqlite3_get_autocommit(db_) != 0) {
        upkeep_without_triggers_ = true;  // The whole transaction is undone, and will be tried again.
        throw;
      }
    }
  }
  const WithoutTriggers off(*triggers_);
  work();
}

void SqliteStore::block(std::span<const ports::BlockedRow> rows) {
  guarded([&] {
    if (rows.empty()) return;
    despite_triggers([&] {
      for (const ports::BlockedRow& row : rows) {
        Run run(statements_->block);
        run.bind(":id", row.id.value).bind(":waits_for", row.waits_for.value).execute();
      }
    });
  });
}

void SqliteStore::unblock_next(const ports::ClickKey& click) {
  despite_triggers([&] {
    Run run(statements_->unblock_next);
    run.bind(":tracker", click.tracker).bind(":subid", click.subid).execute();
  });
}

bool SqliteStore::sweep_waiting(ports::SweepPosition& position, std::size_t limit) {
  return guarded([&] {
    for (std::size_t clicks = 0; clicks < limit; ++clicks) {
      ports::SweepPosition next;
      {
        Run run(statements_->next_waiting_click);
        run.bind(":tracker", position.tracker).bind(":subid", position.subid);
        if (!run.step()) return false;
        next = {run.text(0), run.text(1)};
      }
      position = std::move(next);
      unblock_next({position.tracker, position.subid});
    }
    return true;
  });
}

void SqliteStore::record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) {
  guarded([&] {
    for (ports::OutcomeRecord& record : records) {
      const ports::InProgressScope scope(in_progress, record.id);
      record_or_set_aside(record);
    }
    write_verdicts();
  });
}

/// Some at a time, for the lock is held meanwhile. Where the application has triggers that may fail they are
/// left to the connection that reads back.
void SqliteStore::write_verdicts() {
  if (verdict_inbox_ == nullptr || verdicts_changed_ || triggers_->on()) return;
  const auto part = verdict_inbox_->take(kVerdictsInGroup);
  if (!part) return;
  std::int64_t& changed = verdicts_changed_.emplace(0);
  for (const ports::ConcludedConversion& concluded : part->concluded)
    changed += write_conclusion(statements_->conclude, part->tracker, concluded, part->now);
}

/// Where a trigger of the application does not let the outcome be written, that is said in the row alone, and
/// others go on.
void SqliteStore::record_or_set_aside(ports::OutcomeRecord& record) {
  record.unrecorded.clear();
  std::string why;
  if (const auto undone = undone_by_.find(record.id.value); undone != undone_by_.end()) {
    why = undone->second;
  } else {
    const bool with_triggers = triggers_->on();
    Savepoint savepoint(connection_->database(), with_triggers);
    try {
      write(record);
      if (record.unrecorded.empty()) return savepoint.keep();
      why = record.unrecorded;
    } catch (const SQLite::Exception& error) {
      if (record.result == nullptr || !speaks_of_a_row(error.getErrorCode(), with_triggers)) throw;
      why = error.what();
      if (sqlite3_get_autocommit(db_) != 0) {  // RAISE(ROLLBACK): all is undone, and will be written again.
        undone_by_.insert_or_assign(record.id.value, why);
        throw;
      }
    }
  }
  set_aside(record, why);
}

void SqliteStore::write(ports::OutcomeRecord& record) {
  if (record.result != nullptr) {
    recording_ = record.id.value;
    changes_of_recorded_ = 0;
    record.overtaken = !record_result(*record.result);
    if (record.overtaken && is_still_pending(record.id)) {
      if (was_replaced(*record.result)) return write_ledger_of_nobody(record);
      record.overtaken = false;
      record.unrecorded = triggers_->on() ? kIgnored : core::kChangedWhileSent;
      return;
    }
  }
  if (!write_ledger(record)) {
    record.unrecorded = kIgnored;
    return;
  }
  recording_ = kNoRow;
  if (record.unblock_next) unblock_next(record.click);
}

bool SqliteStore::write_ledger(const ports::OutcomeRecord& record) {
  if (record.failure != nullptr) record_attempt(*record.failure);
  return record.taken_in == nullptr || record_taken_in(record);
}

bool SqliteStore::was_replaced(const ports::RowResult& result) {
  Run run(statements_->created_at);
  run.bind(":id", result.id.value);
  return run.step() && result.created_at && run.integer(0) != core::unix_millis(*result.created_at);
}

/// What the tracker took in was of a row that is gone. The one that has its id now is judged by that as any
/// other is.
void SqliteStore::write_ledger_of_nobody(const ports::OutcomeRecord& record) {
  recording_ = kNoRow;
  if (record.taken_in == nullptr) return;
  core::LedgerEntry entry = *record.taken_in;
  entry.outbox_id = {};
  if (entry.rebilled_by) entry.rebilled_by = core::OutboxId{};
  ports::OutcomeRecord of_nobody = record;
  of_nobody.taken_in = &entry;
  record_taken_in(of_nobody);
}

/// The row waits, and its click with it. What was sent is noted in any case: by that it is not sent again.
void SqliteStore::set_aside(ports::OutcomeRecord& record, const std::string& why) {
  recording_ = kNoRow;
  const ports::RowResult& result = *record.result;
  const WithoutTriggers off(*triggers_);
  const auto response = core::cut_response(result.response);
  const auto until = std::max(record.set_aside_until, result.due_at.value_or(core::WallTime{}));
  record.unrecorded =
      core::unrecorded_reason({result.state, result.reason, result.requested, result.http_status}, why);
  Run run(statements_->set_aside);
  bind_result(run, result, response);
  run.bind(":due_at", core::unix_millis(until)).bind(":reason", record.unrecorded).execute();
  write_ledger(record);
}

/// False when the row was overtaken.
bool SqliteStore::record_result(const ports::RowResult& result) {
  file_->group_open = true;
  if (write_result(result) || already_recorded(result)) return true;
  if (result.requested) write_overtaken(result);
  return false;
}

bool SqliteStore::write_result(const ports::RowResult& result) {
  const bool stays_pending = result.state == core::State::pending;
  const auto response = core::cut_response(result.response);
  Run run(stays_pending ? statements_->retry_later : statements_->finish);
  bind_result(run, result, response);
  run.bind(":reason", core::unless_empty(result.reason));
  if (stays_pending) {
    if (result.due_at) run.bind(":due_at", core::unix_millis(*result.due_at));
  } else {
    run.bind(":state", core::name_of(result.state)).bind(":now", core::unix_millis(result.now));
  }
  return run.execute() > 0;
}

bool SqliteStore::already_recorded(const ports::RowResult& result) {
  Run run(statements_->already_recorded);
  run.bind(":id", result.id.value)
      .bind(":created_at", result.created_at)
      .bind(":state", core::name_of(result.state))
      .bind(":attempts", result.attempts);
  return run.step() && run.integer(0) != 0;
}

void SqliteStore::write_overtaken(const ports::RowResult& result) {
  const auto response = core::cut_response(result.response);
  const std::string came = core::what_came(result.http_status, result.state);
  Run run(statements_->overtaken);
  run.bind(":id", result.id.value)
      .bind(":created_at", result.created_at)
      .bind(":attempts", result.attempts)
      .bind(":sent_as", core::name_of(result.sent_as))
      .bind(":http_status", result.http_status)
      .bind(":response", response)
      .bind(":what_came", came)
      .execute();
}

void SqliteStore::record_attempt(const ports::FailedAttempt& attempt) {
  const auto response = core::cut_response(attempt.response);
  Run run(statements_->record_attempt);
  run.bind(":outbox_id", attempt.id.value)
      .bind(":attempt", attempt.attempt)
      .bind(":started_at", core::unix_millis(attempt.started_at))
      .bind(":latency_ms", std::int64_t{attempt.latency.count()})
      .bind(":http_status", attempt.http_status)
      .bind(":error", attempt.error)
      .bind(":response", response)
      .execute();
}

bool SqliteStore::record_taken_in(const ports::OutcomeRecord& record) {
  const core::LedgerEntry& entry = *record.taken_in;
  const core::Postback& postback = entry.postback;
  const auto payout = core::text_of(postback.payout);
  const auto cost = core::text_of(postback.cost);
  const auto rebilled_by = entry.rebilled_by ? std::optional(entry.rebilled_by->value) : std::nullopt;
  Run run(statements_->record_taken_in);
  return run.bind(":tracker", record.click.tracker)
             .bind(":subid", record.key->subid)
             .bind(":tid", record.key->tid)
             .bind(":status", core::name_of(postback.status))
             .bind(":sent_status", postback.sent_status)
             .bind(":payout", payout)
             .bind(":cost", cost)
             .bind(":currency", core::unless_empty(postback.currency))
             .bind(":params", core::unless_empty(postback.params))
             .bind(":rebilled_by", rebilled_by)
             .bind(":outbox_id", entry.outbox_id.value)
             .bind(":taken_in_at", core::unix_millis(record.result->now))
             .bind(":check_at", record.check_at)
             .execute() > 0;
}

bool SqliteStore::bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) {
  return guarded([&] {
    int changed = 0;
    despite_triggers([&] {
      Run run(statements_->bring_back);
      changed = run.bind(":tracker", tracker)
                    .bind(":now", core::unix_millis(now))
                    .bind(":beyond", core::unix_millis(beyond))
                    .execute();
    });
    return changed > 0;
  });
}

void SqliteStore::record_breaker(const ports::BreakerState& note) {
  guarded([&] {
    despite_triggers([&] {
      Run run(statements_->record_breaker);
      run.bind(":tracker", note.tracker)
          .bind(":breaker", core::name_of(note.phase))
          .bind(":breaker_at", note.since)
          .bind(":next_try_at", note.next_try_at)
          .bind(":reason", core::unless_empty(note.reason))
          .execute();
    });
  });
}

void SqliteStore::forget_breakers() {
  guarded([&] { despite_triggers([&] { Run(statements_->forget_breakers).execute(); }); });
}

std::optional<OutboxId> SqliteStore::explain_waiting(std::string_view tracker, OutboxId after,
                                                     std::string_view reason, std::size_t limit) {
  return guarded([&]() -> std::optional<OutboxId> {
    const std::size_t fresh = explain_fresh(tracker, after, reason, limit);
    const std::size_t due = explain_due(tracker, reason, limit - fresh);
    return fresh + due > 0 ? std::optional(after) : std::nullopt;
  });
}

std::size_t SqliteStore::explain_fresh(std::string_view tracker, OutboxId& after, std::string_view reason,
                                       std::size_t limit) {
  std::size_t seen = 0;
  std::vector<OutboxId> unexplained;
  {
    Run run(statements_->explainable_fresh);
    run.bind(":tracker", tracker)
        .bind(":after", after.value)
        .bind(":reason", reason)
        .bind(":limit", as_limit(limit));
    for (; run.step(); ++seen) {
      after = {run.integer(0)};
      if (run.integer(1) != 0) unexplained.push_back(after);
    }
  }
  for (const OutboxId id : unexplained) explain(id, reason);
  return seen;
}

std::size_t SqliteStore::explain_due(std::string_view tracker, std::string_view reason, std::size_t limit) {
  const ports::DueRow start{{std::numeric_limits<std::int64_t>::max()},
                            {}};  // Behind all rows with due_at 0.
  ports::DueRow& position = explained_->due.try_emplace(std::string(tracker), start).first->second;
  std::size_t seen = 0;
  std::vector<OutboxId> unexplained;
  statements_->explainable_due.go(
      position.id.value,
      [&](Run& run) {
        run.bind(":tracker", tracker)
            .bind(":due_at", core::unix_millis(position.due_at))
            .bind(":reason", reason)
            .bind(":limit", as_limit(limit - seen));
      },
      [&](const Run& run) {
        position = {{run.integer(0)}, core::wall_time(run.integer(1))};
        if (run.integer(2) != 0) unexplained.push_back(position.id);
        return ++seen < limit;
      });
  for (const OutboxId id : unexplained) explain(id, reason);
  if (seen == 0 && limit > 0) position = start;  // The next round begins anew: rows may have been sent again.
  return seen;
}

void SqliteStore::explain(OutboxId id, std::string_view reason) {
  despite_triggers([&] {
    Run run(statements_->explain);
    run.bind(":id", id.value).bind(":reason", reason).execute();
  });
}

}  // namespace keitaro_outbox::sqlite
