#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/amount.hpp"
#include "core/text/reason_groups.hpp"
#include "core/text/time.hpp"
#include "ports/tracker_condition.hpp"

namespace keitaro_outbox::ports {

/// Pending rows of one tracker, each counted once.
struct Waiting {
  std::int64_t due = 0;                         ///< To be sent now.
  std::int64_t later = 0;                       ///< Scheduled, or in backoff.
  std::int64_t behind = 0;                      ///< Behind an earlier row of their click.
  std::optional<core::WallTime> oldest_due_at;  ///< Since when the row that is due longest has been due.
  std::optional<core::WallTime> next_at;        ///< When the first of those later is due.

  std::int64_t pending() const { return due + later + behind; }
};

/// What keeps a database of many versions from clearing away old ones. As far as this role may see.
struct VacuumFigures {
  std::int64_t dead_rows = 0;  ///< Old versions of outbox rows, by the server's own count.
  std::optional<core::Millis> oldest_transaction;  ///< How long the oldest one has been open.
  /// How many transactions have begun since the oldest snapshot that is in use: what they left behind stays.
  std::int64_t oldest_snapshot_age = 0;
};

/// One of several workers that share an outbox.
struct WorkerRecord {
  std::string host;
  std::int64_t pid = 0;
  std::int64_t lanes = 0;  ///< Of WorkerShare::kLanes.
  core::WallTime started_at{};
  core::Millis lasts{};  ///< Until its lease runs out, if it is not renewed; below zero it has.
};

/// The outbox at one moment, as far as counting in indexes tells it: takes milliseconds for any number of
/// finished rows.
struct StatusSnapshot {
  std::map<std::string, Waiting> waiting;  ///< By tracker; those with pending rows.
  std::optional<VacuumFigures> vacuum;     ///< Where the store has such.

  // Only with BacklogScope::everything:
  std::map<std::pair<std::string, core::State>, std::int64_t> failed;  ///< Rows dead or refused, by tracker.
  /// Why they are: of the newest BacklogReader::kReasonsRead rows of each state.
  std::map<std::pair<std::string, core::State>, core::ReasonGroups> failed_reasons;
  std::vector<TrackerCondition> conditions;
  std::map<std::string, std::int64_t> inserted;  ///< Rows inserted since the last snapshot, by tracker.
  std::int64_t groups_missing = 0;               ///< As OutboxReader::groups_missing().
  std::optional<bool> worker_running;            ///< As OutboxReader::worker_is_running().
  std::vector<WorkerRecord> workers;             ///< Where several share the rows; the oldest first.
  std::string unsure;                            ///< As OutboxReader::unsure().
};

/// What only reading the pending rows of one tracker tells.
struct PendingDetails {
  std::int64_t scheduled = 0;   ///< Of Waiting::later: not tried yet.
  std::int64_t in_backoff = 0;  ///< Of Waiting::later: a try failed.
  std::optional<core::WallTime> oldest_created_at;
  std::optional<core::WallTime> next_retry_at;      ///< The first in backoff; may have passed.
  std::optional<core::WallTime> next_scheduled_at;  ///< The first not tried yet with a time; may have passed.
  std::map<std::string, core::AmountSum> payout;    ///< By currency in lower case, '' for none.
  /// The same by how long ago the row was written: under an hour, under a day, longer.
  std::map<std::string, std::array<core::AmountSum, 3>> payout_by_age;
  core::ReasonGroups reasons;  ///< Of rows that have one.
};

/// Finished rows of one tracker.
struct FinishedCounts {
  std::array<std::int64_t, 6> rows{};  ///< By state; that of `pending` stays 0.
  std::int64_t marked = 0;             ///< Delivered rows that have a reason: the answer lacked the sentinel.
};

/// What a pass over many rows has found. A long pass is made of several transactions, so its rows are read at
/// slightly different moments.
template <typename T>
struct PartialCount {
  std::map<std::string, T> of;  ///< By tracker.
  bool whole = false;           ///< Whether all rows were read; if not, the true numbers may be higher.
  core::WallTime at{};          ///< When the last of them was read.
};

enum class BacklogScope : std::uint8_t {
  everything,   ///< For people: reads finished rows too, and rests between passes.
  pending_only  ///< For metrics: pending rows only, read anew after each change.
};

/// Watches the backlog of an outbox. Holds no transaction between two calls, and each for little longer than
/// `time`, so that neither a writer nor a checkpoint waits for it. Changes nothing. One thread at a time. All
/// calls throw StoreError.
class BacklogReader {
 public:
  /// Failed rows of each state whose reasons a snapshot reads.
  static constexpr std::int64_t kReasonsRead = 10'000;

  virtual ~BacklogReader() = default;

  /// Takes a snapshot, and in the same transaction begins or continues the passes for at most `time` each. A
  /// pass begins when something has changed since the last one, and that one's cost was paid off by a rest.
  virtual const StatusSnapshot& look(core::WallTime now, core::Millis time) = 0;

  /// Continues the passes for at most `time` each, in a transaction of its own.
  virtual void carry_on(core::Millis time) = 0;

  /// Whether a pass has begun and has not reached its end.
  virtual bool pass_under_way() const = 0;

  /// Of the last whole pass; of the one under way until there is one.
  virtual const PartialCount<PendingDetails>& pending() const = 0;
  virtual const PartialCount<FinishedCounts>& finished() const = 0;

  /// Whether the database was replaced by another under the same name: then open a new reader.
  virtual bool is_of_another_database() const = 0;
};

}  // namespace keitaro_outbox::ports
