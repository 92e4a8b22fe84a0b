#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/rules/recorded_words.hpp"
#include "core/text/column_values.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/store/postgresql_store.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::OutcomeRecord;
using ports::RowResult;

Statement results_of(std::span<const OutcomeRecord> records) {
  ArrayParameter id, created_at, state, due_at, now, attempts, strikes, refusals, sent_as, requested,
      http_status, response, reason;
  for (const OutcomeRecord& record : records) {
    if (record.result == nullptr) continue;
    const RowResult& result = *record.result;
    id.add(result.id.value);
    created_at.add(result.created_at);
    state.add(core::name_of(result.state));
    due_at.add(result.due_at);
    now.add(result.now);
    attempts.add(result.attempts);
    strikes.add(result.strikes);
    refusals.add(result.refusals);
    sent_as.add(core::name_of(result.sent_as));
    requested.add(result.requested);
    http_status.add(result.http_status);
    response.add(core::cut_response(result.response));
    reason.add(core::unless_empty(result.reason));
  }
  return {sql::record_results, Parameters()
                                   .add(id)
                                   .add(created_at)
                                   .add(state)
                                   .add(due_at)
                                   .add(now)
                                   .add(attempts)
                                   .add(strikes)
                                   .add(refusals)
                                   .add(sent_as)
                                   .add(requested)
                                   .add(http_status)
                                   .add(response)
                                   .add(reason)};
}

std::optional<Statement> ledger_of(std::span<const OutcomeRecord> records) {
  // One statement changes a row once: of two postbacks of the same conversion the later one stands.
  struct TakenIn {
    core::LedgerEntry entry;
    core::WallTime first_at;
    core::WallTime at;
    std::optional<core::WallTime> check_at;
  };
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, TakenIn> conversions;
  for (const OutcomeRecord& record : records) {
    if (record.taken_in == nullptr) continue;
    const std::tuple key{record.click.tracker, std::string_view(record.key->subid),
                         std::string_view(record.key->tid)};
    const core::WallTime now = record.result->now;
    TakenIn taken_in{*record.taken_in, now, now, record.check_at};
    if (const auto before = conversions.find(key); before != conversions.end()) {
      taken_in.first_at = before->second.first_at;
      if (const auto& rebill = before->second.entry.rebilled_by) taken_in.entry.rebilled_by = rebill;
    }
    conversions.insert_or_assign(key, std::move(taken_in));
  }
  if (conversions.empty()) return std::nullopt;
  ArrayParameter tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, row,
      taken_in_at, first_taken_in_at, check_at;
  for (const auto& [key, taken_in] : conversions) {
    const core::LedgerEntry& entry = taken_in.entry;
    const core::Postback& postback = entry.postback;
    tracker.add(std::get<0>(key));
    subid.add(std::get<1>(key));
    tid.add(std::get<2>(key));
    status.add(core::name_of(postback.status));
    sent_status.add(postback.sent_status);
    payout.add(core::text_of(postback.payout));
    cost.add(core::text_of(postback.cost));
    currency.add(core::unless_empty(postback.currency));
    params.add(core::unless_empty(postback.params));
    rebilled_by.add(entry.rebilled_by ? std::optional(entry.rebilled_by->value) : std::nullopt);
    row.add(entry.outbox_id.value);
    taken_in_at.add(taken_in.at);
    first_taken_in_at.add(taken_in.first_at);
    check_at.add(taken_in.check_at);
  }
  return Statement{sql::record_taken_in, Parameters()
                                             .add(tracker)
                                             .add(subid)
                                             .add(tid)
                                             .add(status)
                                             .add(sent_status)
                                             .add(payout)
                                             .add(cost)
                                             .add(currency)
                                             .add(params)
                                             .add(rebilled_by)
                                             .add(row)
                                             .add(taken_in_at)
                                             .add(first_taken_in_at)
                                             .add(check_at)};
}

std::optional<Statement> attempts_of(std::span<const OutcomeRecord> records) {
  ArrayParameter row, attempt, started_at, latency, http_status, error, response;
  bool any = false;
  for (const OutcomeRecord& record : records) {
    if (record.failure == nullptr) continue;
    const ports::FailedAttempt& failure = *record.failure;
    row.add(failure.id.value);
    attempt.add(failure.attempt);
    started_at.add(failure.started_at);
    latency.add(std::int64_t{failure.latency.count()});
    http_status.add(failure.http_status);
    error.add(failure.error);
    response.add(core::cut_response(failure.response));
    any = true;
  }
  if (!any) return std::nullopt;
  return Statement{sql::record_attempts, Parameters()
                                             .add(row)
                                             .add(attempt)
                                             .add(started_at)
                                             .add(latency)
                                             .add(http_status)
                                             .add(error)
                                             .add(response)};
}

std::optional<Statement> unblocking_of(std::span<const OutcomeRecord> records) {
  std::set<std::pair<std::string_view, std::string_view>> clicks;
  for (const OutcomeRecord& record : records) {
    if (record.unblock_next) clicks.emplace(record.click.tracker, record.click.subid);
  }
  if (clicks.empty()) return std::nullopt;
  ArrayParameter trackers, subids;
  for (const auto& [tracker, subid] : clicks) {
    trackers.add(tracker);
    subids.add(subid);
  }
  return Statement{sql::unblock_next,
                   Parameters().add(trackers).add(subids).add(std::optional<ArrayParameter>())};
}

/// The statements that write all of it. Gives whether there are results, whose statement is the first.
bool add_writing(std::span<const OutcomeRecord> records, std::vector<Statement>& statements) {
  const bool any_result =
      std::ranges::any_of(records, [](const OutcomeRecord& record) { return record.result != nullptr; });
  if (any_result) statements.push_back(results_of(records));
  for (auto statement : {attempts_of(records), ledger_of(records), unblocking_of(records)}) {
    if (statement) statements.push_back(*std::move(statement));
  }
  return any_result;
}

}  // namespace

void PostgresqlStore::record(std::span<OutcomeRecord> records, const ports::InProgressSlot&) {
  if (records.empty()) return;
  for (OutcomeRecord& record : records) {
    record.overtaken = false;
    record.unrecorded.clear();
  }
  news();
  record_now();  // What was recorded before.
  recording_ = records;
  newest_ = records;
}

/// One row will do: a transaction is there as a whole or not at all.
void PostgresqlStore::tell_watch() {
  const auto newest = std::exchange(newest_, {});
  if (watch_ == nullptr) return;
  for (const OutcomeRecord& record : newest) {
    if (record.result == nullptr || record.overtaken || !record.unrecorded.empty()) continue;
    const RowResult& result = *record.result;
    watch_->recorded({result.id, result.attempts, result.state == core::State::pending});
    return;
  }
}

/// The whole transaction in one round trip. Where a trigger of the application, say, turns one row away, that
/// undoes all of it: then each is tried by itself, and the others go on.
void PostgresqlStore::commit_queued() {
  if (connection().in_transaction()) {
    if (!queued_.empty()) run_all({});
    record_now();
    return;
  }
  if (queued_.empty() && recording_.empty()) return;
  std::vector<Statement> statements;
  if (const auto current = share(); !current->worker.empty())
    statements.push_back({sql::own_row_or_fail, Parameters().add(current->worker)});
  statements.push_back({sql::few_rows});
  statements.insert(statements.end(), queued_.begin(), queued_.end());
  const std::size_t of_results = statements.size();
  const bool any_result = add_writing(recording_, statements);
  try {
    const std::vector<Result> results = connection().transact(std::move(statements));
    queued_.clear();
    const auto recorded = std::exchange(recording_, {});
    if (any_result) settle_unwritten(recorded, results.at(of_results));
  } catch (const SqlError& error) {
    if (recording_.empty() || !error.speaks_of_a_row()) throw;
    // Or it is the fence, which says so in words then.
    record_now();
  }
}

/// What was queued and what is to be recorded, in a transaction that goes on.
void PostgresqlStore::record_now() {
  if (recording_.empty()) return;
  const auto records = std::exchange(recording_, {});
  try {
    write(records);
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
    run({"ROLLBACK TO SAVEPOINT records"});
    // The failure may have come before the answer of the fence was looked at.
    if (const auto current = share(); !current->worker.empty())
      require_own_row(run({sql::own_row, Parameters().add(current->worker)}));
    write_one_by_one(records);
  }
}

void PostgresqlStore::write(std::span<OutcomeRecord> records) {
  std::vector<Statement> statements{{"SAVEPOINT records"}};
  const bool any_result = add_writing(records, statements);
  const std::vector<Result> results = run_all(std::move(statements));
  if (any_result) settle_unwritten(records, results.at(1));
}

void PostgresqlStore::write_one_by_one(std::span<OutcomeRecord> records) {
  for (OutcomeRecord& record : records) {
    try {
      write({&record, 1});
    } catch (const SqlError& error) {
      if (record.result == nullptr || !error.speaks_of_a_row()) throw;
      run({"ROLLBACK TO SAVEPOINT records"});
      set_aside(record, error.what());
    }
  }
}

/// Rows that were cancelled, deleted or otherwise finished meanwhile, and those that were written before.
void PostgresqlStore::settle_unwritten(std::span<OutcomeRecord> records, const Result& written) {
  std::set<std::int64_t> done;
  for (int row = 0; row < written.rows(); ++row) done.insert(written.integer(row, 0));
  std::map<std::int64_t, OutcomeRecord*> left;
  ArrayParameter ids;
  for (OutcomeRecord& record : records) {
    if (record.result == nullptr || done.contains(record.result->id.value)) continue;
    left.emplace(record.result->id.value, &record);
    record.overtaken = true;
    ids.add(record.result->id.value);
  }
  if (left.empty()) return;

  const Result found = run({sql::read_states, Parameters().add(ids)});
  std::vector<Statement> statements;
  for (int row = 0; row < found.rows(); ++row) {
    OutcomeRecord& record = *left.at(found.integer(row, 0));
    const RowResult& result = *record.result;
    const bool same_row =
        !result.created_at || core::unix_millis(*result.created_at) == found.integer(row, 3);
    const bool pending = found.view(row, 1) == "pending";
    // An operator may have had it sent again since it was recorded.
    const bool recorded = same_row && found.integer(row, 2) == result.attempts &&
                          (pending || found.view(row, 1) == core::name_of(result.state));
    if (recorded) {
      record.overtaken = false;
    } else if (same_row && pending) {
      record.overtaken = false;
      set_aside(record, core::kChangedWhileSent);
    } else if (same_row && result.requested) {
      statements.push_back({sql::overtaken, Parameters()
                                                .add(result.id.value)
                                                .add(result.attempts)
                                                .add(core::name_of(result.sent_as))
                                                .add(result.http_status)
                                                .add(core::cut_response(result.response))
                                                .add(core::what_came(result.http_status, result.state))});
    }
  }
  if (!statements.empty()) run_all(std::move(statements));
}

/// The row waits, and its click with it. What was sent is noted in any case: by that it is not sent again.
void PostgresqlStore::set_aside(OutcomeRecord& record, const std::string& why) {
  const RowResult& result = *record.result;
  const auto until = std::max(record.set_aside_until, result.due_at.value_or(core::WallTime{}));
  record.unrecorded =
      core::unrecorded_reason({result.state, result.reason, result.requested, result.http_status}, why);
  std::vector<Statement> statements{{"SAVEPOINT set_aside"}};
  statements.push_back({sql::set_aside, Parameters()
                                            .add(result.id.value)
                                            .add(std::max<std::int64_t>(core::unix_millis(until), 1))
                                            .add(result.attempts)
                                            .add(result.strikes)
                                            .add(result.refusals)
                                            .add(core::name_of(result.sent_as))
                                            .add(result.requested)
                                            .add(result.http_status)
                                            .add(core::cut_response(result.response))
                                            .add(record.unrecorded)});
  const std::span<const OutcomeRecord> one{&record, 1};
  for (auto statement : {attempts_of(one), ledger_of(one)}) {
    if (statement) statements.push_back(*std::move(statement));
  }
  try {
    run_all(std::move(statements));
  } catch (const SqlError& error) {
    // The trigger lets nothing at all be written of the row. Then only this worker knows that it waits.
    if (!error.speaks_of_a_row()) throw;
    run({"ROLLBACK TO SAVEPOINT set_aside"});
  }
}

}  // namespace keitaro_outbox::postgresql
