#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/amount.hpp"
#include "core/text/reason_groups.hpp"
#include "core/text/time.hpp"
#include "sqlite/lock/database_identity.hpp"
#include "sqlite/read/tracker_condition.hpp"

namespace keitaro_outbox::sqlite {

/// What waits for one tracker: pending rows, each counted once.
struct Waiting {
  std::int64_t due = 0;                         ///< To be sent now.
  std::int64_t later = 0;                       ///< Not before a time of their own: scheduled, or in backoff.
  std::int64_t behind = 0;                      ///< Behind an earlier row of their click.
  std::optional<core::WallTime> oldest_due_at;  ///< Since when the row that is due longest has been due.
  std::optional<core::WallTime> next_at;        ///< When the first of those later is due.

  std::int64_t pending() const { return due + later + behind; }
};

/// What is there at one moment: found by small indexes alone, in milliseconds for any number of finished
/// rows.
struct StatusSnapshot {
  Identity identity;
  std::map<std::string, Waiting> waiting;  ///< By tracker; those with pending rows.
  std::map<std::pair<std::string, core::State>, std::int64_t> failed;  ///< Rows dead or refused, by tracker.
  /// Why they are: of the newest BacklogReader::kReasonsRead of each state.
  std::map<std::pair<std::string, core::State>, core::ReasonGroups> failed_reasons;
  std::vector<TrackerCondition> conditions;
  std::map<std::string, std::int64_t> inserted;  ///< Rows that came since the last snapshot, by tracker.
};

/// What only the pending rows themselves tell of one tracker.
struct PendingDetails {
  std::int64_t scheduled = 0;   ///< Of Waiting::later: not tried yet.
  std::int64_t in_backoff = 0;  ///< Of Waiting::later: a try failed.
  std::optional<core::WallTime> oldest_created_at;
  std::optional<core::WallTime> next_retry_at;  ///< The first that is in backoff; may have passed.
  std::optional<core::WallTime>
      next_scheduled_at;  ///< The first not tried yet that has a time; may have passed.
  std::map<std::string, core::AmountSum> payout;  ///< By currency in lower case, '' for none.
  core::ReasonGroups reasons;                     ///< Of rows that have one.
};

/// Finished rows of one tracker.
struct FinishedCounts {
  std::array<std::int64_t, 6> rows{};  ///< By state; that of `pending` stays 0.
  std::int64_t marked = 0;             ///< Delivered rows that have a reason: the answer lacked the sentinel.
};

/// What a pass over many rows has found. A pass that takes longer than a transaction should last is made of
/// several: then the rows were read at slightly different moments.
template <typename T>
struct PartialCount {
  std::map<std::string, T> of;  ///< By tracker.
  bool whole = false;           ///< Whether all rows were read; else there are at least so many.
  core::WallTime at{};          ///< When the last of them was read.
};

/// Looks at the outbox again and again, for people who watch it. Holds no transaction between two calls, and
/// none for much longer than it is given, so that neither a writer nor a checkpoint waits for it. Changes
/// nothing. Not for two threads at once. All throw ports::StoreError.
class BacklogReader {
 public:
  /// Failed rows whose reasons are read at each snapshot, of each state.
  static constexpr std::int64_t kReasonsRead = 10'000;

  /// Opens an existing database file whose schema is the one we know.
  explicit BacklogReader(const std::string& path);
  ~BacklogReader();
  BacklogReader(const BacklogReader&) = delete;
  BacklogReader& operator=(const BacklogReader&) = delete;

  /// Looks, and in the same transaction begins those passes that are due, or goes on with them, for at most
  /// `time` each. A pass is due when something has changed since the last one, and that was not too costly to
  /// be made again so soon.
  const StatusSnapshot& look(core::WallTime now, core::Millis time);

  /// Goes on with the passes, for at most `time` each, in a transaction of its own.
  void carry_on(core::Millis time);

  /// Whether both passes have been to the end.
  bool knows_all() const;

  /// Of the last whole pass; of the one under way until there is one.
  const PartialCount<PendingDetails>& pending() const;
  const PartialCount<FinishedCounts>& finished() const;

  /// Whether the file has been replaced by another under the same name: then open it anew.
  bool is_of_another_file() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
