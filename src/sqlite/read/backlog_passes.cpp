#include "sqlite/read/backlog_passes.hpp"

#include "core/text/ascii.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {

using ports::FinishedCounts;
using ports::PendingDetails;

namespace {

void keep_earlier(std::optional<core::WallTime>& kept, core::WallTime time) {
  if (!kept || time < *kept) kept = time;
}

}  // namespace

PendingPass::PendingPass(const SQLite::Database& db)
    : ready_{prepare(db, sql::backlog_ready_same), prepare(db, sql::backlog_ready_next)},
      behind_{prepare(db, sql::backlog_behind_same), prepare(db, sql::backlog_behind_next)} {}

void PendingPass::begin(std::vector<std::string> trackers, core::WallTime now) {
  found.clear();
  trackers_.assign(trackers.begin(), trackers.end());
  place_ = {};
  now_ = now;
}

bool PendingPass::advance(TimeLimit& limit) {
  for (; !trackers_.empty(); trackers_.pop_front(), place_ = {}) {
    if (!place_.behind) {
      if (!read_ready(trackers_.front(), limit)) return false;
      place_ = {.behind = true};
    }
    if (!read_behind(trackers_.front(), limit)) return false;
  }
  return true;
}

/// Reads one kind of a tracker's pending rows on; false when time was over before the last one.
bool PendingPass::read_ready(const std::string& tracker, TimeLimit& limit) {
  PendingDetails& details = found[tracker];
  return ready_.go(
      place_.id, [&](Run& run) { run.bind(":tracker", tracker).bind(":due_at", place_.due_at); },
      [&](const Run& run) {
        take(run, details);
        place_.id = run.integer(0);
        place_.due_at = run.integer(1);
        return !limit.over();
      });
}

/// The same.
bool PendingPass::read_behind(const std::string& tracker, TimeLimit& limit) {
  PendingDetails& details = found[tracker];
  std::string from;  // A text that is bound must stay as it is.
  return behind_.go(
      place_.id,
      [&](Run& run) {
        from = place_.subid;
        run.bind(":tracker", tracker).bind(":subid", from);
      },
      [&](const Run& run) {
        take(run, details);
        place_.id = run.integer(0);
        place_.subid = run.text(7);
        return !limit.over();
      });
}

void PendingPass::take(const Run& run, PendingDetails& details) const {
  const core::WallTime due_at = core::wall_time(run.integer(1));
  const bool tried = run.integer(2) > 0;
  if (due_at > now_) {
    keep_earlier(tried ? details.next_retry_at : details.next_scheduled_at, due_at);
    if (!place_.behind) ++(tried ? details.in_backoff : details.scheduled);
  }
  keep_earlier(details.oldest_created_at, core::wall_time(run.integer(3)));
  if (const auto amount = core::Amount::parse(run.view(4))) {
    const std::string currency = core::ascii::lower(run.view(5));
    details.payout[currency] += *amount;
    const core::Millis age = now_ - core::wall_time(run.integer(3));
    details.payout_by_age[currency][age < std::chrono::hours{1}    ? 0
                                    : age < std::chrono::hours{24} ? 1
                                                                   : 2] += *amount;
  }
  if (const std::string_view reason = run.view(6); !reason.empty()) details.reasons.add(reason);
}

FinishedPass::FinishedPass(const SQLite::Database& db) : rows_(prepare(db, sql::backlog_finished)) {}

void FinishedPass::begin() {
  found.clear();
  after_ = core::kBeforeAllRows.value;
}

bool FinishedPass::advance(TimeLimit& limit) {
  Run run(rows_);
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
