#include "postgresql/read/row_reader.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/text/column_values.hpp"
#include "ports/clock.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/lease/server_watch.hpp"
#include "postgresql/read/page_reader.hpp"
#include "postgresql/read/records.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

template <typename Record>
auto first_of(const Result& found, Record record) {
  return found.empty() ? std::nullopt : std::optional(record(found, 0));
}

std::optional<core::OutboxId> id_of(const Result& found) {
  if (found.empty() || found.is_null(0, 0)) return std::nullopt;
  return core::OutboxId{found.integer(0, 0)};
}

}  // namespace

RowReader::RowReader(const std::string& address) : connection_(address) {
  check_schema(connection_);
  // What is printed belongs together.
  connection_.run(std::string("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
}

RowReader::~RowReader() {
  connection_.rollback();
}

std::vector<ports::RowRecord> RowReader::rows(const ports::RowFilter& filter) {
  Parameters parameters;
  parameters.add(core::name_of(filter.state))
      .add(filter.tracker)
      .add(filter.campaign)
      .add(filter.subid)
      .add(filter.reason)
      .add(filter.before)
      .add(filter.not_before)
      .add(filter.limit)
      .add(core::name_of(filter.verdict));
  if (!filter.oldest_first) return all_of(connection_.run({sql::read_rows, parameters}), row_record);
  parameters.add(filter.since.value_or(core::OutboxId{}).value);
  return all_of(connection_.run({sql::read_rows_since, parameters}), row_record);
}

std::vector<ports::RowRecord> RowReader::rows_after(core::OutboxId after, const ports::WalkFilter& filter,
                                                    std::int64_t limit) {
  std::optional<ArrayParameter> states;
  for (const core::State state : filter.states) {
    if (!states) states.emplace();
    states->add(core::name_of(state));
  }
  return all_of(connection_.run({sql::read_walk, Parameters()
                                                     .add(after.value)
                                                     .add(states)
                                                     .add(filter.tracker)
                                                     .add(filter.before)
                                                     .add(limit)
                                                     .add(core::name_of(filter.verdict))}),
                row_record);
}

std::optional<ports::RowRecord> RowReader::row(core::OutboxId id) {
  return first_of(connection_.run({sql::read_row, Parameters().add(id.value)}), row_record);
}

std::optional<core::OutboxId> RowReader::row_of_event(std::string_view event_id) {
  return id_of(connection_.run({sql::read_event, Parameters().add(event_id)}));
}

std::optional<core::OutboxId> RowReader::earlier_pending(const ports::RowRecord& row) {
  return id_of(
      connection_.run({sql::read_earlier, Parameters().add(row.tracker).add(row.subid).add(row.id.value)}));
}

std::int64_t RowReader::rows_before(const ports::RowRecord& row) {
  return connection_.run({sql::read_rows_before, Parameters().add(row.tracker).add(row.id.value)})
      .integer(0, 0);
}

ports::TrackerCondition RowReader::condition(const std::string& tracker) {
  const Result found = connection_.run({sql::read_condition, Parameters().add(tracker)});
  if (!found.empty()) return condition_record(found, 0);
  ports::TrackerCondition none;
  none.tracker = tracker;
  return none;
}

std::vector<std::string> RowReader::tracker_names() {
  auto names = all_of(connection_.run({sql::read_tracker_names}),
                      [](const Result& found, int row) { return found.text(row, 0); });
  std::sort(names.begin(), names.end());
  return names;
}

bool RowReader::has_row_of(std::string_view tracker) {
  return !connection_.run({sql::read_row_of_tracker, Parameters().add(tracker)}).empty();
}

std::vector<ports::RowRecord> RowReader::rows_of_click(std::string_view subid,
                                                       const std::optional<std::string>& tracker) {
  return all_of(connection_.run({sql::read_click, Parameters().add(subid).add(tracker)}), row_record);
}

ports::RowPage RowReader::page(const ports::PageFilter& filter, std::optional<core::OutboxId> below,
                               std::size_t limit, core::Millis time) {
  return read_page(connection_, filter, below, limit, time);
}

std::vector<ports::RowRecord> RowReader::rows_with_a_time(const std::string& tracker, std::size_t limit) {
  return all_of(connection_.run({sql::page_with_time, Parameters().add(tracker).add(limit)}), row_record);
}

std::vector<ports::RowRecord> RowReader::rows_of_click_by_index(std::string_view subid) {
  ArrayParameter trackers;
  for (const std::string& tracker : tracker_names()) trackers.add(tracker);
  return all_of(connection_.run({sql::page_click, Parameters().add(subid).add(trackers)}), row_record);
}

ports::RecentPast RowReader::recent_past(std::size_t limit) {
  ports::RecentPast past;
  const Result rows = connection_.run({sql::recent_rows, Parameters().add(limit)});
  for (int row = 0; row < rows.rows(); ++row) {
    const auto state = core::state_named(rows.view(row, 1));
    const auto finished_at = time_in(rows, row, 2);
    if (!state || !finished_at) continue;
    past.finished.push_back({.tracker = rows.text(row, 0),
                             .state = *state,
                             .finished_at = *finished_at,
                             .http_status = rows.optional_integer(row, 3),
                             .response = rows.optional_text(row, 4),
                             .reason = rows.optional_text(row, 5)});
  }
  const Result attempts = connection_.run({sql::recent_attempts, Parameters().add(limit)});
  for (int row = 0; row < attempts.rows(); ++row)
    past.failed_attempts.push_back(core::wall_time(attempts.integer(row, 0)));
  past.whole = static_cast<std::size_t>(rows.rows()) < limit && past.failed_attempts.size() < limit;
  return past;
}

std::vector<ports::AttemptRecord> RowReader::failed_attempts(core::OutboxId id) {
  return all_of(connection_.run({sql::read_attempts, Parameters().add(id.value)}),
                [](const Result& found, int row) {
                  return ports::AttemptRecord{.attempt = found.integer(row, 0),
                                              .started_at = core::wall_time(found.integer(row, 1)),
                                              .latency = core::Millis{found.integer(row, 2)},
                                              .http_status = found.optional_integer(row, 3),
                                              .error = found.text(row, 4),
                                              .response = found.optional_text(row, 5)};
                });
}

std::vector<ports::ConversionRecord> RowReader::conversions_of_click(
    std::string_view subid, const std::optional<std::string>& tracker) {
  return all_of(connection_.run({sql::read_conversions, Parameters().add(subid).add(tracker)}),
                conversion_record);
}

std::optional<ports::ConversionRecord> RowReader::conversion(std::string_view tracker, std::string_view subid,
                                                             std::string_view tid) {
  return first_of(connection_.run({sql::read_conversion, Parameters().add(tracker).add(subid).add(tid)}),
                  conversion_record);
}

std::vector<ports::ConversionRecord> RowReader::in_doubt(std::string_view tracker, core::Verdict verdict,
                                                         std::optional<core::OutboxId> below,
                                                         std::size_t limit) {
  const std::int64_t before = below ? below->value : std::numeric_limits<std::int64_t>::max();
  return all_of(connection_.run({sql::read_in_doubt, Parameters()
                                                         .add(tracker)
                                                         .add(core::name_of(verdict))
                                                         .add(before)
                                                         .add(static_cast<std::int64_t>(limit))}),
                conversion_record);
}

std::optional<bool> RowReader::worker_is_running() {
  return connection_.run({sql::workers_running}).integer(0, 0) > 0;
}

std::int64_t RowReader::groups_missing() {
  const Result found = connection_.run({sql::server_in_doubt});
  return !found.empty() && found.boolean(0, 0) ? 1 : 0;
}

bool RowReader::can_write() {
  return connection_.run({sql::can_write}).boolean(0, 0);
}

std::vector<ports::SetupCheck> RowReader::setup() {
  using Check = ports::SetupCheck;
  using Verdict = Check::Result;
  const Result found = connection_.run({sql::read_setup});
  std::vector<Check> checks{{Verdict::ok, "schema", "the schema is the one this program knows"}};
  checks.push_back(
      found.boolean(0, 0)
          ? Check{Verdict::wrong, "server", "the server is a standby: workers need the one that takes writes"}
          : Check{Verdict::ok, "server", "the server takes writes"});
  if (groups_missing() > 0) checks.push_back({Verdict::wrong, "database", doubt_text(connection_.name())});
  if (!found.boolean(0, 1)) {
    checks.push_back(
        {Verdict::wrong, "autovacuum",
         "autovacuum is off: what was delivered stays in the way of what comes; set autovacuum = on"});
  } else if (!found.is_null(0, 2)) {
    checks.push_back({Verdict::wrong, "autovacuum",
                      "autovacuum is off for " + found.text(0, 2) +
                          ": what was delivered stays in the way of what comes; ALTER TABLE … RESET "
                          "(autovacuum_enabled)"});
  } else {
    checks.push_back({Verdict::ok, "autovacuum", "autovacuum is on"});
  }
  if (!found.is_null(0, 8)) {
    checks.push_back({Verdict::wrong, "grants",
                      "the role " + found.text(0, 9) + " lacks what a worker needs: GRANT " +
                          found.text(0, 8) + "; schema/outbox.postgresql.sql has them all"});
  }
  if (found.integer(0, 3) != 1) {
    checks.push_back({Verdict::wrong, "ids",
                      "connections draw ids in advance, so the rows of a click may go out in another order: "
                      "ALTER TABLE outbox ALTER COLUMN id SET CACHE 1"});
  }
  if (found.boolean(0, 10)) {
    checks.push_back({Verdict::ok, "notify",
                      "the trigger outbox_notify tells of commits, which go one after the other for it; DROP "
                      "FUNCTION outbox_notify CASCADE, unless a worker has wake = \"notify\""});
  }
  constexpr std::int64_t kLongSeconds = 300;
  if (const std::int64_t oldest = found.integer(0, 4); oldest > kLongSeconds) {
    checks.push_back({Verdict::doubtful, "transactions",
                      "a transaction has been open for " + std::to_string(oldest) +
                          " s: nothing can be cleared away meanwhile; find it in pg_stat_activity or "
                          "pg_prepared_xacts"});
  }
  constexpr std::int64_t kManyDead = 100'000;
  if (const std::int64_t dead = found.integer(0, 6); dead > found.integer(0, 7) + kManyDead) {
    checks.push_back({Verdict::doubtful, "vacuum",
                      "outbox has " + std::to_string(dead) + " dead rows beside " + found.text(0, 7) +
                          ": VACUUM outbox, and find out what keeps autovacuum from it"});
  }
  constexpr std::int64_t kClockSlackMillis = 5'000;
  const std::int64_t ahead = core::unix_millis(ports::wall_now()) - found.integer(0, 5);
  if (std::abs(ahead) > kClockSlackMillis) {
    checks.push_back({Verdict::doubtful, "clock",
                      "the clocks of this host and of the database differ by " +
                          std::to_string(std::abs(ahead) / 1000) + " s: set them"});
  }
  return checks;
}

}  // namespace keitaro_outbox::postgresql
