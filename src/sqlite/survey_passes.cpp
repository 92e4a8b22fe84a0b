#include "sqlite/survey_passes.hpp"

#include "core/ascii.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

void keep_earlier(std::optional<core::WallTime>& kept, core::WallTime time) {
  if (!kept || time < *kept) kept = time;
}

}  // namespace

PendingPass::PendingPass(sqlite3* db)
    : fresh_(db, sql::survey_fresh), timed_(db, sql::survey_timed), behind_(db, sql::survey_behind) {}

void PendingPass::begin(std::vector<std::string> trackers, core::WallTime now) {
  found.clear();
  trackers_.assign(trackers.begin(), trackers.end());
  stage_ = Stage::fresh;
  now_ = now;
  forget_place();
}

void PendingPass::forget_place() {
  after_id_ = core::kBeforeAllRows.value;
  after_due_at_ = 0;
  after_subid_.clear();
}

bool PendingPass::advance(TimeLimit& limit) {
  while (!trackers_.empty()) {
    Statement& statement = stage_ == Stage::fresh ? fresh_ : stage_ == Stage::timed ? timed_ : behind_;
    if (!read(statement, trackers_.front(), limit)) return false;
    forget_place();
    if (stage_ == Stage::behind) {
      trackers_.pop_front();
      stage_ = Stage::fresh;
    } else {
      stage_ = stage_ == Stage::fresh ? Stage::timed : Stage::behind;
    }
  }
  return true;
}

/// Reads one kind of a tracker's pending rows on; false when time was over before the last one.
bool PendingPass::read(Statement& statement, const std::string& tracker, TimeLimit& limit) {
  Statement::Run run(statement);
  run.bind(":tracker", tracker).bind(":after_id", after_id_);
  if (stage_ == Stage::timed) run.bind(":after_due_at", after_due_at_);
  // The text that is bound must stay as it is while rows are read.
  const std::string after_subid = after_subid_;
  if (stage_ == Stage::behind) run.bind(":after_subid", after_subid);
  PendingDetails& details = found[tracker];
  while (run.step()) {
    take(run, details);
    if (!limit.over()) continue;
    after_id_ = run.integer(0);
    after_due_at_ = run.integer(1);
    if (stage_ == Stage::behind) after_subid_ = run.text(7);
    return false;
  }
  return true;
}

void PendingPass::take(const Statement::Run& run, PendingDetails& details) const {
  const core::WallTime due_at = core::wall_time(run.integer(1));
  const bool tried = run.integer(2) > 0;
  if (due_at > core::wall_time(1)) {
    keep_earlier(tried ? details.next_retry_at : details.next_scheduled_at, due_at);
    if (stage_ == Stage::timed && due_at > now_) ++(tried ? details.in_backoff : details.scheduled);
  }
  keep_earlier(details.oldest_created_at, core::wall_time(run.integer(3)));
  if (const auto amount = core::Amount::parse(run.view(4)))
    details.payout[core::ascii::lower(run.view(5))] += *amount;
  if (const std::string_view reason = run.view(6); !reason.empty()) details.reasons.add(reason);
}

FinishedPass::FinishedPass(sqlite3* db) : rows_(db, sql::survey_finished) {}

void FinishedPass::begin() {
  found.clear();
  after_ = core::kBeforeAllRows.value;
}

bool FinishedPass::advance(TimeLimit& limit) {
  Statement::Run run(rows_);
  run.bind(":after", after_);
  // Neighbours are mostly of one tracker and state: look up those of the row before first.
  std::string tracker;
  std::string state;
  FinishedCounts* counts = nullptr;
  std::int64_t* rows = nullptr;
  while (run.step()) {
    const std::string_view row_tracker = run.view(1);
    const std::string_view row_state = run.view(2);
    if (counts == nullptr || row_tracker != tracker) {
      tracker = row_tracker;
      state.clear();
      counts = &found[tracker];
    }
    if (row_state != state) {
      state = row_state;
      const auto known = core::state_named(state);
      rows =
          known && *known != core::State::pending ? &counts->rows[static_cast<std::size_t>(*known)] : nullptr;
    }
    if (rows != nullptr) ++*rows;
    counts->marked += run.integer(3);
    if (!limit.over()) continue;
    after_ = run.integer(0);
    return false;
  }
  return true;
}

}  // namespace keitaro_outbox::sqlite
