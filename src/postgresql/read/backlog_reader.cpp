#include "postgresql/read/backlog_reader.hpp"

#include <chrono>
#include <utility>

#include "postgresql/embedded_sql.hpp"
#include "postgresql/read/records.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

/// The rest after a pass through the finished rows, as a multiple of what it took.
constexpr int kRestAfterPass = 10;

}  // namespace

BacklogReader::BacklogReader(std::string address, ports::BacklogScope scope)
    : address_(std::move(address)), everything_(scope == ports::BacklogScope::everything) {
  connect();
}

void BacklogReader::connect() {
  if (connection_ && !connection_->lost()) return;
  connection_.reset();
  connection_.emplace(address_);
  check_schema(*connection_);
}

const ports::StatusSnapshot& BacklogReader::look(core::WallTime now, core::Millis) {
  connect();
  Transaction transaction(*connection_, Connection::Mode::read_only);
  read_pending(now);
  if (everything_) {
    const Result doubt = connection_->run({sql::server_in_doubt});
    snapshot_.groups_missing = !doubt.empty() && doubt.boolean(0, 0) ? 1 : 0;
    read_workers();
    snapshot_.conditions.clear();
    const Result conditions = connection_->run({sql::read_conditions});
    for (int row = 0; row < conditions.rows(); ++row)
      snapshot_.conditions.push_back(condition_record(conditions, row));
    read_inserted();
    read_failed();
    read_finished(now);
  }
  if (!everything_) read_vacuum();
  transaction.commit();
  return snapshot_;
}

void BacklogReader::carry_on(core::Millis) {}

void BacklogReader::read_workers() {
  snapshot_.workers.clear();
  snapshot_.worker_running = false;
  const Result found = connection_->run({sql::workers});
  for (int row = 0; row < found.rows(); ++row) {
    ports::WorkerRecord& worker = snapshot_.workers.emplace_back();
    worker.host = found.text(row, 0);
    worker.pid = found.integer(row, 1);
    worker.lanes = found.integer(row, 2);
    worker.started_at = core::wall_time(found.integer(row, 3));
    worker.lasts = core::Millis{found.integer(row, 4)};
    if (worker.lasts.count() >= 0) snapshot_.worker_running = true;
  }
}

void BacklogReader::read_vacuum() {
  const Result found = connection_->run({sql::backlog_vacuum});
  ports::VacuumFigures& vacuum = snapshot_.vacuum.emplace();
  vacuum.dead_rows = found.integer(0, 0);
  if (const auto oldest = found.optional_integer(0, 1)) vacuum.oldest_transaction = core::Millis{*oldest};
  vacuum.oldest_snapshot_age = found.integer(0, 2);
}

void BacklogReader::read_pending(core::WallTime now) {
  snapshot_.waiting.clear();
  pending_.of.clear();
  const Result found = connection_->run({sql::backlog_pending, Parameters().add(now)});
  for (int row = 0; row < found.rows(); ++row) {
    const std::string tracker = found.text(row, 0);
    snapshot_.waiting[tracker] = {.due = found.integer(row, 1),
                                  .later = found.integer(row, 2),
                                  .behind = found.integer(row, 3),
                                  .oldest_due_at = time_in(found, row, 4),
                                  .next_at = time_in(found, row, 5)};
    ports::PendingDetails& details = pending_.of[tracker];
    details.scheduled = found.integer(row, 6);
    details.in_backoff = found.integer(row, 7);
    details.oldest_created_at = time_in(found, row, 8);
    details.next_retry_at = time_in(found, row, 9);
    details.next_scheduled_at = time_in(found, row, 10);
  }
  const Result payouts = connection_->run({sql::backlog_payouts});
  for (int row = 0; row < payouts.rows(); ++row) {
    const auto amount = core::Amount::parse(payouts.view(row, 2));
    if (!amount) continue;
    core::AmountSum& sum = pending_.of[payouts.text(row, 0)].payout[payouts.text(row, 1)];
    for (std::int64_t left = payouts.integer(row, 3); left > 0; --left) sum += *amount;
  }
  const Result reasons = connection_->run({sql::backlog_reasons});
  for (int row = 0; row < reasons.rows(); ++row)
    pending_.of[reasons.text(row, 0)].reasons.add(reasons.view(row, 1), reasons.integer(row, 2));
  pending_.whole = true;
  pending_.at = now;
}

void BacklogReader::read_failed() {
  snapshot_.failed.clear();
  snapshot_.failed_reasons.clear();
  const Result counts = connection_->run({sql::backlog_failed});
  for (int row = 0; row < counts.rows(); ++row) {
    if (const auto state = core::state_named(counts.view(row, 1)))
      snapshot_.failed[{counts.text(row, 0), *state}] = counts.integer(row, 2);
  }
  for (const core::State state : {core::State::dead, core::State::refused}) {
    const Result reasons = connection_->run(
        {sql::backlog_failed_reasons, Parameters().add(core::name_of(state)).add(kReasonsRead)});
    for (int row = 0; row < reasons.rows(); ++row) {
      const std::string_view reason = reasons.view(row, 1);
      snapshot_.failed_reasons[{reasons.text(row, 0), state}].add(
          reason.empty() ? std::string_view("no reason is given") : reason);
    }
  }
}

void BacklogReader::read_inserted() {
  snapshot_.inserted.clear();
  const std::int64_t last = connection_->run({sql::admin_last_id}).integer(0, 0);
  if (last_id_ && last > *last_id_) {
    const Result found = connection_->run({sql::backlog_inserted, Parameters().add(*last_id_)});
    for (int row = 0; row < found.rows(); ++row)
      snapshot_.inserted[found.text(row, 0)] = found.integer(row, 1);
  }
  last_id_ = last;
}

void BacklogReader::read_finished(core::WallTime now) {
  const auto start = std::chrono::steady_clock::now();
  if (start < rest_until_) return;
  const Result found = connection_->run({sql::backlog_finished});
  finished_.of.clear();
  for (int row = 0; row < found.rows(); ++row) {
    const auto state = core::state_named(found.view(row, 1));
    if (!state) continue;
    ports::FinishedCounts& counts = finished_.of[found.text(row, 0)];
    counts.rows.at(static_cast<std::size_t>(*state)) += found.integer(row, 2);
    counts.marked += found.integer(row, 3);
  }
  finished_.whole = true;
  finished_.at = now;
  const auto end = std::chrono::steady_clock::now();
  rest_until_ = end + kRestAfterPass * (end - start);
}

}  // namespace keitaro_outbox::postgresql
