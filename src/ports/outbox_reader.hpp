#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/tracker_condition.hpp"

namespace keitaro_outbox::ports {

/// A row of `outbox` as people see it: its columns as they stand. NULL is nullopt.
struct RowRecord {
  core::OutboxId id;
  std::string tracker;
  std::optional<std::string> campaign;
  std::string subid;
  std::string status;
  std::optional<std::string> tid;
  std::optional<std::string> payout;
  std::optional<std::string> cost;
  std::optional<std::string> currency;
  std::optional<std::string> params;
  std::optional<std::string> event_id;
  core::WallTime due_at{};
  core::WallTime created_at{};
  core::State state = core::State::pending;
  std::int64_t attempts = 0;
  std::int64_t strikes = 0;
  std::optional<core::OutboxId> waits_for;
  std::optional<std::string> sent_as;
  std::optional<std::int64_t> http_status;
  std::optional<std::string> response;
  std::optional<std::string> reason;
  std::optional<core::WallTime> finished_at;
  std::int64_t unrecorded = 0;  ///< Times that its last outcome could not be written.
};

/// A row of `delivery_attempts`.
struct AttemptRecord {
  std::int64_t attempt = 0;
  core::WallTime started_at{};
  core::Millis latency{};
  std::optional<std::int64_t> http_status;
  std::string error;
  std::optional<std::string> response;
};

/// A row of `conversions`. Its subid and tid are as they were sent.
struct ConversionRecord {
  std::string tracker;
  std::string subid;
  std::string tid;
  std::string status;
  std::string sent_status;
  std::optional<std::string> payout;
  std::optional<std::string> cost;
  std::optional<std::string> currency;
  std::optional<std::string> params;
  std::optional<core::OutboxId> rebilled_by;  ///< The row whose rebill was taken in, whatever came after.
  core::OutboxId outbox_id;
  core::WallTime taken_in_at{};
  core::Verdict verdict = core::Verdict::unchecked;  ///< What the tracker's own records say of it.
  std::optional<core::WallTime> verdict_at;          ///< When they were last looked at.
  std::optional<std::string> verdict_note;
  std::optional<core::WallTime> check_at;  ///< When they are looked at next; nullopt for not at all.
};

/// Which rows to list: those that match every field that is set.
struct RowFilter {
  std::optional<core::State> state;
  std::optional<core::Verdict> verdict = {};  ///< Of the conversion that the tracker took in for the row.
  std::optional<std::string> tracker;
  std::optional<std::string> campaign;
  std::optional<std::string> subid;
  std::optional<std::string> reason;         ///< A part of it, in any case.
  std::optional<core::WallTime> before;      ///< Finished, or written and still pending, then or earlier …
  std::optional<core::WallTime> not_before;  ///< … then or later.
  std::optional<core::OutboxId> since;       ///< Ids above this one; for `oldest_first`.
  bool oldest_first = false;
  std::int64_t limit = 50;
};

/// Which rows to export: those that match every field that is set.
struct WalkFilter {
  std::vector<core::State> states;  ///< Any of these; empty for all.
  std::optional<core::Verdict> verdict =
      {};  ///< `differs`, `absent` or `unknowable`, of the row's conversion.
  std::optional<std::string> tracker;
  std::optional<core::WallTime> before;  ///< Finished before then, or, still pending, created before then.
};

/// Which rows a page of a long list shows: those that match every field that is set.
struct PageFilter {
  std::optional<core::State> state = {};
  std::optional<std::string> tracker = {};
  std::optional<std::string> campaign = {};
  std::optional<std::string> subid = {};
  std::optional<std::string> tid = {};
  std::optional<std::string> subid_or_tid = {};  ///< Either of them.
  std::optional<std::string> status = {};
  std::optional<std::string> reason = {};       ///< A part of it, in any case of ASCII.
  std::optional<std::string> reason_kind = {};  ///< core::reason_kind() of it; '' for rows without a reason.
};

/// A page of a long list, and how far it was looked for.
struct RowPage {
  std::vector<RowRecord> rows;  ///< The newest first.
  /// Rows with a lower id were not looked at: the page goes on there. nullopt at the end of the table.
  std::optional<core::OutboxId> below = {};
};

/// A row that was finished, for counting what became of rows and when.
struct FinishedRow {
  std::string tracker;
  core::State state = core::State::delivered;
  core::WallTime finished_at{};
  std::optional<std::int64_t> http_status = {};
  std::optional<std::string> response = {};
  std::optional<std::string> reason = {};
};

/// The last of what happened, as far as reading a bounded number of rows tells.
struct RecentPast {
  std::vector<FinishedRow>
      finished;  ///< Of the newest rows that were delivered or failed; the newest id first.
  std::vector<core::WallTime> failed_attempts;  ///< When the newest of them began.
  bool whole = false;  ///< Everything that is in the table was read: none was left out.
};

/// One property of a store's set-up.
struct SetupCheck {
  enum class Result : std::uint8_t { ok, doubtful, wrong };
  Result result = Result::ok;
  std::string subject;  ///< `journal`.
  std::string text;     ///< One line: what it is, and, unless ok, what to do.
};

/// Reads an outbox for people, all of it as of one moment. Changes nothing. All calls throw StoreError.
class OutboxReader {
 public:
  virtual ~OutboxReader() = default;

  virtual std::vector<RowRecord> rows(const RowFilter& filter) = 0;
  /// The first `limit` rows with an id above `after`, in order of id.
  virtual std::vector<RowRecord> rows_after(core::OutboxId after, const WalkFilter& filter,
                                            std::int64_t limit) = 0;
  virtual std::optional<RowRecord> row(core::OutboxId id) = 0;
  virtual std::optional<core::OutboxId> row_of_event(std::string_view event_id) = 0;

  /// The first pending row of the same tracker and click with a lower id: it goes first.
  virtual std::optional<core::OutboxId> earlier_pending(const RowRecord& row) = 0;
  /// How many rows of the same tracker are to be sent now and have a lower id.
  virtual std::int64_t rows_before(const RowRecord& row) = 0;
  /// A closed breaker and no pause for a tracker of which nothing is written.
  virtual TrackerCondition condition(const std::string& tracker) = 0;

  /// The trackers that rows to be sent, conversions or a worker's notes name, each once, in order.
  virtual std::vector<std::string> tracker_names() = 0;
  /// Whether any row names the tracker. Reads the whole table where none does.
  virtual bool has_row_of(std::string_view tracker) = 0;

  /// All rows of a click in order of id. Reads the whole table.
  virtual std::vector<RowRecord> rows_of_click(std::string_view subid,
                                               const std::optional<std::string>& tracker) = 0;
  /// Up to `limit` rows below `below` (all for nullopt), the newest first. Looks for at most `time`, or
  /// little longer: a page may be short, or empty, though there are more rows further down.
  virtual RowPage page(const PageFilter& filter, std::optional<core::OutboxId> below, std::size_t limit,
                       core::Millis time) = 0;
  /// Pending rows of a tracker that failed or are scheduled: those that wait for a time, the first due first.
  virtual std::vector<RowRecord> rows_with_a_time(const std::string& tracker, std::size_t limit) = 0;
  /// Those rows of a click that indexes find: what the trackers took in last, and what waits. Quick, and not
  /// all that rows_of_click() gives.
  virtual std::vector<RowRecord> rows_of_click_by_index(std::string_view subid) = 0;
  /// Reads up to `limit` rows and as many failed attempts, the newest.
  virtual RecentPast recent_past(std::size_t limit) = 0;

  /// In order of attempts.
  virtual std::vector<AttemptRecord> failed_attempts(core::OutboxId id) = 0;

  virtual std::vector<ConversionRecord> conversions_of_click(std::string_view subid,
                                                             const std::optional<std::string>& tracker) = 0;
  virtual std::optional<ConversionRecord> conversion(std::string_view tracker, std::string_view subid,
                                                     std::string_view tid) = 0;

  /// Up to `limit` conversions of a tracker whose verdict is `differs`, `absent` or `unknowable`, those of
  /// the newest rows first, of rows below `below` (all for nullopt). By an index.
  virtual std::vector<ConversionRecord> in_doubt(std::string_view tracker, core::Verdict verdict,
                                                 std::optional<core::OutboxId> below, std::size_t limit) = 0;

  /// Whether a worker of this host delivers from the database now; nullopt when that cannot be told.
  virtual std::optional<bool> worker_is_running() = 0;
  /// How many groups of outcomes are missing that a worker of this host has recorded in this database. Above
  /// zero the database is an older copy, and nothing is sent from it.
  virtual std::int64_t groups_missing() = 0;
  /// Whether this user may write the store too; reading does not take it.
  virtual bool can_write() = 0;
  /// What cannot be known as the store is read, a sentence; empty where there is no doubt.
  virtual std::string unsure() = 0;
  /// Whether the store is set up as delivery needs it, for `check`.
  virtual std::vector<SetupCheck> setup() = 0;
  /// Whether outcomes were recorded in it by a worker that nothing on this host knows of: it may be a copy of
  /// a database that another host delivers from.
  virtual bool was_used_elsewhere() = 0;
};

}  // namespace keitaro_outbox::ports
