#include <limits>
#include <utility>
#include <vector>

#include "core/text/shown_prefix.hpp"
#include "sqlite/store/sqlite_store_parts.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using core::OutboxId;

constexpr std::size_t kResponseCharacters = 300;

std::optional<std::string> cut_response(const std::optional<std::string>& response) {
  if (!response) return std::nullopt;
  return core::shown_prefix(*response, kResponseCharacters);
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string_view> name_of(const std::optional<core::Status>& status) {
  return status ? std::optional(core::name_of(*status)) : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<core::Amount>& amount) {
  return amount ? std::optional(amount->text()) : std::nullopt;
}

/// Second half of the reason of a row that was taken out while its request was under way.
std::string what_came(const ports::RowResult& result) {
  if (!result.http_status) return "no answer came";
  std::string text = "the tracker answered HTTP " + std::to_string(*result.http_status);
  if (result.state == core::State::delivered) text += " and took it in";
  return text;
}

}  // namespace

void SqliteStore::block(std::span<const ports::BlockedRow> rows) {
  guarded([&] {
    for (const ports::BlockedRow& row : rows) {
      Run run(statements_->block);
      run.bind(":id", row.id.value).bind(":waits_for", row.waits_for.value).execute();
    }
  });
}

void SqliteStore::unblock_next(const ports::ClickKey& click) {
  Run run(statements_->unblock_next);
  run.bind(":tracker", click.tracker).bind(":subid", click.subid).execute();
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
      if (record.result != nullptr) record.overtaken = !record_result(*record.result);
      if (record.failure != nullptr) record_attempt(*record.failure);
      if (record.taken_in != nullptr) record_taken_in(record);
      if (record.unblock_next) unblock_next(record.click);
    }
  });
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
  const auto response = cut_response(result.response);
  Run run(stays_pending ? statements_->retry_later : statements_->finish);
  run.bind(":id", result.id.value)
      .bind(":attempts", result.attempts)
      .bind(":strikes", result.strikes)
      .bind(":sent_as", name_of(result.sent_as))
      .bind(":requested", result.requested)
      .bind(":http_status", result.http_status)
      .bind(":response", response)
      .bind(":reason", unless_empty(result.reason));
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
      .bind(":state", core::name_of(result.state))
      .bind(":attempts", result.attempts);
  return run.step() && run.integer(0) != 0;
}

void SqliteStore::write_overtaken(const ports::RowResult& result) {
  const auto response = cut_response(result.response);
  const std::string came = what_came(result);
  Run run(statements_->overtaken);
  run.bind(":id", result.id.value)
      .bind(":attempts", result.attempts)
      .bind(":sent_as", name_of(result.sent_as))
      .bind(":http_status", result.http_status)
      .bind(":response", response)
      .bind(":what_came", came)
      .execute();
}

void SqliteStore::record_attempt(const ports::FailedAttempt& attempt) {
  const auto response = cut_response(attempt.response);
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

void SqliteStore::record_taken_in(const ports::OutcomeRecord& record) {
  const core::LedgerEntry& entry = *record.taken_in;
  const core::Postback& postback = entry.postback;
  const auto payout = text_of(postback.payout);
  const auto cost = text_of(postback.cost);
  Run run(statements_->record_taken_in);
  run.bind(":tracker", record.click.tracker)
      .bind(":subid", record.click.subid)
      .bind(":tid", record.tid)
      .bind(":status", core::name_of(postback.status))
      .bind(":sent_status", postback.sent_status)
      .bind(":payout", payout)
      .bind(":cost", cost)
      .bind(":currency", unless_empty(postback.currency))
      .bind(":params", unless_empty(postback.params))
      .bind(":rebilled", entry.rebilled)
      .bind(":outbox_id", entry.outbox_id.value)
      .bind(":taken_in_at", core::unix_millis(record.result->now))
      .execute();
}

void SqliteStore::record_breaker(const ports::BreakerState& note) {
  guarded([&] {
    Run run(statements_->record_breaker);
    run.bind(":tracker", note.tracker)
        .bind(":breaker", core::name_of(note.phase))
        .bind(":breaker_at", note.since)
        .bind(":next_try_at", note.next_try_at)
        .bind(":reason", unless_empty(note.reason))
        .execute();
  });
}

void SqliteStore::forget_breakers() {
  guarded([&] { Run(statements_->forget_breakers).execute(); });
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
  Run run(statements_->explain);
  run.bind(":id", id.value).bind(":reason", reason).execute();
}

}  // namespace keitaro_outbox::sqlite
