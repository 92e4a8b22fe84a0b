#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "sqlite/lock/database_identity.hpp"
#include "sqlite/read/tracker_condition.hpp"

namespace keitaro_outbox::sqlite {

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
};

/// The same row as the rules take it.
core::Row row_for_plan(const RowRecord& row);

/// A row of `delivery_attempts`.
struct AttemptRecord {
  std::int64_t attempt = 0;
  core::WallTime started_at{};
  core::Millis latency{};
  std::optional<std::int64_t> http_status;
  std::string error;
  std::optional<std::string> response;
};

/// A row of `conversions`.
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
  bool rebilled = false;
  core::OutboxId outbox_id;
  core::WallTime taken_in_at{};
};

/// The same entry as the rules take it, or nullopt when its status is none of Keitaro's.
std::optional<core::LedgerEntry> ledger_for_plan(const ConversionRecord& conversion);

/// Which rows, of those that fit all that is said.
struct RowFilter {
  std::optional<core::State> state;
  std::optional<std::string> tracker;
  std::optional<std::string> campaign;
  std::optional<std::string> subid;
  std::optional<std::string> reason;         ///< A part of it, in small or capital letters.
  std::optional<core::WallTime> before;      ///< Finished, or written and still pending, then or earlier …
  std::optional<core::WallTime> not_before;  ///< … then or later.
  std::optional<core::OutboxId> since;       ///< After this one, where the oldest come first.
  bool oldest_first = false;
  std::int64_t limit = 50;
};

/// Rows to write out: those that fit all that is set.
struct WalkFilter {
  std::vector<core::State> states;  ///< Any of these; empty for all.
  std::optional<std::string> tracker;
  std::optional<core::WallTime> before;  ///< Finished before then, or, still pending, created before then.
};

/// Reads the outbox for people. Changes nothing. Each call sees one moment of the database; all throw
/// ports::StoreError.
class RowReader {
 public:
  /// Opens an existing database file whose schema is the one we know.
  explicit RowReader(const std::string& path);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  std::vector<RowRecord> rows(const RowFilter& filter);
  /// In order of id, the first `limit` ones behind `after`.
  std::vector<RowRecord> rows_after(core::OutboxId after, const WalkFilter& filter, std::int64_t limit);
  std::optional<RowRecord> row(core::OutboxId id);
  std::optional<core::OutboxId> row_of_event(std::string_view event_id);

  /// The first pending row of the same tracker and click that came before this one: that goes first.
  std::optional<core::OutboxId> earlier_pending(const RowRecord& row);
  /// Rows of the same tracker that are to be sent now and came before this one.
  std::int64_t rows_before(const RowRecord& row);
  /// Closed, and not paused, where nothing is written of it.
  TrackerCondition condition(const std::string& tracker);

  /// All rows of a click in order of id. Reads the whole table.
  std::vector<RowRecord> rows_of_click(std::string_view subid, const std::optional<std::string>& tracker);
  std::vector<AttemptRecord> failed_attempts(core::OutboxId id);

  std::vector<ConversionRecord> conversions_of_click(std::string_view subid,
                                                     const std::optional<std::string>& tracker);
  std::optional<ConversionRecord> conversion(std::string_view tracker, std::string_view subid,
                                             std::string_view tid);

  /// By what the worker knows the database again.
  Identity identity();

  /// `wal`, `delete` and so on.
  std::string journal_mode();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
