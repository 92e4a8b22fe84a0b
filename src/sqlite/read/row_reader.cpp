#include "sqlite/read/row_reader.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/text/column_values.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/index_walk.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/lock/worker_presence.hpp"
#include "sqlite/read/row_pages.hpp"
#include "sqlite/read/row_record.hpp"
#include "sqlite/read/tracker_condition.hpp"
#include "sqlite/schema/journal_mode.hpp"
#include "sqlite/schema/migrator.hpp"
#include "sqlite/schema/schema_differences.hpp"

namespace keitaro_outbox::sqlite {

using ports::AttemptRecord;
using ports::ConversionRecord;
using ports::RowFilter;
using ports::RowRecord;
using ports::TrackerCondition;
using ports::WalkFilter;

namespace {

core::Verdict verdict_of(const Run& run, int column) {
  const std::string name = run.text(column);
  const auto verdict = core::verdict_named(name);
  if (!verdict)
    throw ports::StoreError(ports::StoreError::Kind::schema, "a conversion has the unknown verdict " + name);
  return *verdict;
}

bool is_doubtful(core::Verdict verdict) {
  return verdict != core::Verdict::unchecked && verdict != core::Verdict::recorded;
}

std::string_view statement_for(const RowFilter& filter) {
  if (filter.verdict) {
    if (is_doubtful(*filter.verdict)) return sql::verdict_rows_doubtful;
    return filter.oldest_first ? sql::verdict_rows_since : sql::verdict_rows;
  }
  if (filter.state == core::State::pending) return sql::read_pending;
  if (!filter.state || filter.state == core::State::delivered)
    return filter.oldest_first ? sql::read_since : sql::read_newest;
  return filter.oldest_first ? sql::read_undelivered_since : sql::read_undelivered_newest;
}

std::optional<core::OutboxId> id_of(const std::optional<std::int64_t>& value) {
  return value ? std::optional(core::OutboxId{*value}) : std::nullopt;
}

ConversionRecord read_conversion(const Run& run) {
  return {.tracker = run.text(0),
          .subid = run.text(1),
          .tid = run.text(2),
          .status = run.text(3),
          .sent_status = run.text(4),
          .payout = run.optional_text(5),
          .cost = run.optional_text(6),
          .currency = run.optional_text(7),
          .params = run.optional_text(8),
          .rebilled_by = id_of(run.optional_integer(9)),
          .outbox_id = {run.integer(10)},
          .taken_in_at = core::wall_time(run.integer(11)),
          .verdict = verdict_of(run, 12),
          .verdict_at = run.optional_time(13),
          .verdict_note = run.optional_text(14),
          .check_at = run.optional_time(15)};
}

std::vector<core::OutboxId> read_ids(Run& run) {
  std::vector<core::OutboxId> ids;
  while (run.step()) ids.push_back({run.integer(0)});
  return ids;
}

}  // namespace

struct RowReader::Parts {
  explicit Parts(const std::string& path_of_file)
      : path(path_of_file),
        remembered(remembered_identity(path)),
        connection(path, {.reading_will_do = true}) {
    check_schema(connection.handle());
    // One read transaction for as long as we look, so that what is printed belongs together.
    with_store_errors(connection.database(),
                      [&] { connection.database().exec("PRAGMA query_only = ON; BEGIN"); });
  }

  /// What `work` makes of one run of a statement.
  template <typename Work>
  auto query(std::string_view text, Work&& work) {
    return with_store_errors(connection.database(), [&] {
      SQLite::Statement statement = prepare(connection.database(), text);
      Run run(statement);
      return work(run);
    });
  }

  /// Those of the rows that are there, in the same order.
  std::vector<RowRecord> rows(const std::vector<core::OutboxId>& ids) {
    return with_store_errors(connection.database(), [&] {
      SQLite::Statement statement = prepare(connection.database(), sql::read_row);
      std::vector<RowRecord> found;
      for (const core::OutboxId id : ids) {
        Run run(statement);
        run.bind(":id", id.value);
        if (run.step()) found.push_back(read_row(run));
      }
      return found;
    });
  }

  ports::SetupCheck schema() {
    using Result = ports::SetupCheck::Result;
    const auto differences =
        with_store_errors(connection.database(), [&] { return schema_differences(connection.database()); });
    if (differences.empty()) return {Result::ok, "schema", "the schema is the one this program knows"};
    constexpr std::size_t kMostTold = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(kMostTold, differences.size()); ++i)
      text += (i == 0 ? "" : ", ") + differences[i];
    if (differences.size() > kMostTold)
      text += ", and " + std::to_string(differences.size() - kMostTold) + " differences more";
    return {Result::wrong, "schema",
            text +
                ": something has rebuilt it; make a new file with `keitaro-outbox init`, and copy the rows "
                "into it (`export`, `import`)"};
  }

  ports::SetupCheck journal() {
    using Result = ports::SetupCheck::Result;
    if (connection.access() == Connection::Access::frozen)
      return {Result::ok, "journal", "journal_mode cannot be told without write permission"};
    const std::string mode = journal_mode(connection.handle());
    if (mode == "wal") return {Result::ok, "journal", "journal_mode is wal"};
    return {Result::doubtful, "journal",
            "journal_mode is " + mode +
                ": readers and the application hold each other up; run `keitaro-outbox init`"};
  }

  const std::string path;
  const std::optional<Identity>
      remembered;  // Read before the database is: a worker writes the database first.
  Connection connection;
};

RowReader::RowReader(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
RowReader::~RowReader() = default;

std::vector<RowRecord> RowReader::rows(const RowFilter& filter) {
  const bool pending = filter.state == core::State::pending;
  return parts_->rows(parts_->query(statement_for(filter), [&](Run& run) {
    const bool by_verdict = filter.verdict.has_value();
    const bool doubtful = by_verdict && is_doubtful(*filter.verdict);
    if (doubtful || (pending && !by_verdict)) run.bind(":direction", filter.oldest_first ? 1 : -1);
    if (doubtful || (pending && !by_verdict) || filter.oldest_first)
      run.bind(":since", filter.since.value_or(core::kBeforeAllRows).value);
    if (!pending || by_verdict) run.bind(":state", core::name_of(filter.state));
    if (by_verdict) run.bind(":verdict", core::name_of(filter.verdict));
    run.bind(":tracker", filter.tracker)
        .bind(":campaign", filter.campaign)
        .bind(":subid", filter.subid)
        .bind(":reason", filter.reason)
        .bind(":before", filter.before)
        .bind(":not_before", filter.not_before)
        .bind(":limit", filter.limit);
    return read_ids(run);
  }));
}

std::vector<RowRecord> RowReader::rows_after(core::OutboxId after, const WalkFilter& filter,
                                             std::int64_t limit) {
  std::string states = ",";
  for (const core::State state : filter.states) states += std::string(core::name_of(state)) + ",";
  return parts_->query(sql::read_walk, [&](Run& run) {
    run.bind(":after", after.value).bind(":tracker", filter.tracker).bind(":limit", limit);
    if (!filter.states.empty()) run.bind(":states", states);
    run.bind(":verdict", core::name_of(filter.verdict));
    if (filter.before) run.bind(":before", core::unix_millis(*filter.before));
    std::vector<RowRecord> found;
    while (run.step()) found.push_back(read_row(run));
    return found;
  });
}

std::optional<RowRecord> RowReader::row(core::OutboxId id) {
  std::vector<RowRecord> found = parts_->rows({id});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<core::OutboxId> RowReader::row_of_event(std::string_view event_id) {
  return parts_->query(sql::read_event, [&](Run& run) -> std::optional<core::OutboxId> {
    run.bind(":event_id", event_id);
    if (!run.step()) return std::nullopt;
    return core::OutboxId{run.integer(0)};
  });
}

std::optional<core::OutboxId> RowReader::earlier_pending(const RowRecord& row) {
  std::optional<core::OutboxId> first;
  for (const std::string_view text : {sql::read_earlier_waiting, sql::read_earlier_fresh}) {
    parts_->query(text, [&](Run& run) {
      run.bind(":tracker", row.tracker).bind(":subid", row.subid).bind(":id", row.id.value);
      if (!run.step()) return;
      const core::OutboxId id{run.integer(0)};
      if (!first || id < *first) first = id;
    });
  }
  return first;
}

std::int64_t RowReader::rows_before(const RowRecord& row) {
  return parts_->query(sql::read_rows_before, [&](Run& run) {
    run.bind(":tracker", row.tracker).bind(":id", row.id.value);
    return run.step() ? run.integer(0) : 0;
  });
}

TrackerCondition RowReader::condition(const std::string& tracker) {
  return parts_->query(sql::read_tracker, [&](Run& run) {
    run.bind(":tracker", tracker);
    if (run.step()) return read_condition(run);
    TrackerCondition none;
    none.tracker = tracker;
    return none;
  });
}

std::vector<std::string> RowReader::tracker_names() {
  return with_store_errors(parts_->connection.database(), [&] {
    std::set<std::string> names;
    for (const std::string_view text : {sql::next_tracker, sql::backlog_next_waiting_tracker,
                                        sql::next_conversion_tracker, sql::next_noted_tracker}) {
      SQLite::Statement next = prepare(parts_->connection.database(), text);
      for (std::string& name : seek_names(next, std::numeric_limits<std::size_t>::max()))
        names.insert(std::move(name));
    }
    return std::vector<std::string>(names.begin(), names.end());
  });
}

bool RowReader::has_row_of(std::string_view tracker) {
  return parts_->query(sql::read_row_of_tracker, [&](Run& run) {
    run.bind(":tracker", tracker);
    return run.step();
  });
}

std::vector<RowRecord> RowReader::rows_of_click(std::string_view subid,
                                                const std::optional<std::string>& tracker) {
  return parts_->rows(parts_->query(sql::read_click, [&](Run& run) {
    run.bind(":subid", subid).bind(":tracker", tracker);
    return read_ids(run);
  }));
}

ports::RowPage RowReader::page(const ports::PageFilter& filter, std::optional<core::OutboxId> below,
                               std::size_t limit, core::Millis time) {
  SQLite::Database& db = parts_->connection.database();
  return with_store_errors(db, [&] { return read_page(db, filter, below, limit, time); });
}

std::vector<RowRecord> RowReader::rows_with_a_time(const std::string& tracker, std::size_t limit) {
  return parts_->query(sql::page_with_time, [&](Run& run) {
    run.bind(":tracker", tracker).bind(":limit", static_cast<std::int64_t>(limit));
    std::vector<RowRecord> found;
    while (run.step()) found.push_back(read_row(run));
    return found;
  });
}

std::vector<RowRecord> RowReader::rows_of_click_by_index(std::string_view subid) {
  std::set<core::OutboxId> ids;
  for (const std::string& tracker : tracker_names()) {
    parts_->query(sql::page_click_taken_in, [&](Run& run) {
      run.bind(":tracker", tracker).bind(":subid", subid);
      while (run.step()) {
        ids.insert({run.integer(0)});
        if (const auto rebill = run.optional_integer(1)) ids.insert({*rebill});
      }
    });
    parts_->query(sql::page_click_waiting, [&](Run& run) {
      run.bind(":tracker", tracker).bind(":subid", subid);
      while (run.step()) ids.insert({run.integer(0)});
    });
  }
  return parts_->rows({ids.begin(), ids.end()});
}

ports::RecentPast RowReader::recent_past(std::size_t limit) {
  SQLite::Database& db = parts_->connection.database();
  return with_store_errors(db, [&] { return read_recent_past(db, limit); });
}

std::vector<AttemptRecord> RowReader::failed_attempts(core::OutboxId id) {
  return parts_->query(sql::read_attempts, [&](Run& run) {
    run.bind(":id", id.value);
    std::vector<AttemptRecord> out;
    while (run.step()) {
      out.push_back({.attempt = run.integer(0),
                     .started_at = core::wall_time(run.integer(1)),
                     .latency = core::Millis{run.integer(2)},
                     .http_status = run.optional_integer(3),
                     .error = run.text(4),
                     .response = run.optional_text(5)});
    }
    return out;
  });
}

std::vector<ConversionRecord> RowReader::conversions_of_click(std::string_view subid,
                                                              const std::optional<std::string>& tracker) {
  return parts_->query(sql::read_conversions, [&](Run& run) {
    run.bind(":subid", subid).bind(":tracker", tracker);
    std::vector<ConversionRecord> out;
    while (run.step()) out.push_back(read_conversion(run));
    return out;
  });
}

std::optional<ConversionRecord> RowReader::conversion(std::string_view tracker, std::string_view subid,
                                                      std::string_view tid) {
  return parts_->query(sql::read_conversion, [&](Run& run) -> std::optional<ConversionRecord> {
    run.bind(":tracker", tracker).bind(":subid", subid).bind(":tid", tid);
    if (!run.step()) return std::nullopt;
    return read_conversion(run);
  });
}

std::vector<ConversionRecord> RowReader::in_doubt(std::string_view tracker, core::Verdict verdict,
                                                  std::optional<core::OutboxId> below, std::size_t limit) {
  return parts_->query(sql::read_in_doubt, [&](Run& run) {
    run.bind(":tracker", tracker)
        .bind(":verdict", core::name_of(verdict))
        .bind(":below", below ? below->value : std::numeric_limits<std::int64_t>::max())
        .bind(":limit", static_cast<std::int64_t>(limit));
    std::vector<ConversionRecord> out;
    while (run.step()) out.push_back(read_conversion(run));
    return out;
  });
}

std::optional<bool> RowReader::worker_is_running() {
  return sqlite::worker_is_running(parts_->path);
}

std::int64_t RowReader::groups_missing() {
  if (!parts_->remembered) return 0;
  return parts_->query(sql::identity, [&](Run& run) -> std::int64_t {
    if (!run.step()) return 0;
    return sqlite::groups_missing({run.text(0), run.integer(1)}, *parts_->remembered);
  });
}

bool RowReader::can_write() {
  return parts_->connection.access() == Connection::Access::write;
}

std::string RowReader::unsure() {
  return what_is_unsure(parts_->connection);
}

bool RowReader::was_used_elsewhere() {
  if (!worker_is_running()) return false;  // What is remembered of it may not be read by this user.
  return parts_->query(sql::identity, [&](Run& run) {
    if (!run.step() || run.integer(1) == 0) return false;
    return !parts_->remembered || parts_->remembered->database_id != run.text(0);
  });
}

std::vector<ports::SetupCheck> RowReader::setup() {
  return {parts_->schema(), parts_->journal()};
}

}  // namespace keitaro_outbox::sqlite
