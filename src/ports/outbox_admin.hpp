#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::ports {

/// Which rows to change: those that match every field that is set.
struct RowFilterForAdmin {
  std::vector<core::State> states;  ///< Any of these; at least one.
  std::optional<core::Verdict> verdict =
      {};  ///< `differs`, `absent` or `unknowable`, of the row's conversion.
  std::optional<std::string> tracker;
  std::optional<core::WallTime> before;  ///< Finished before then, or, still pending, created before then.
};

/// Rows of one tracker and state that ended, or wait, for the same reason.
struct ReasonGroupFilter {
  core::State state = core::State::dead;  ///< dead, refused, or pending: rows whose last try failed.
  std::string tracker;
  std::string kind;  ///< core::reason_kind() of their reasons.
};

/// How many rows there are, as far as they were counted.
struct GroupCount {
  std::int64_t rows = 0;
  bool whole = true;  ///< false: there are, or may be, more.
};

/// The result for one row that was named by its id.
enum class RowAdminResult : std::uint8_t {
  changed,
  missing,  ///< No such row.
  unfit     ///< Its state does not allow it.
};

/// Spreads rows over time, one after another.
struct Pace {
  core::WallTime from;
  double rows_a_second = 1;

  /// When the row is due that has `earlier` rows before it.
  core::WallTime due_at(std::int64_t earlier) const {
    return from + core::Millis{std::llround(static_cast<double>(earlier) * 1000.0 / rows_a_second)};
  }
};

/// What an operator changes in an outbox; a running worker notices at once. Works in short transactions with
/// pauses between them, so that the application is never held up. All calls throw StoreError; what was
/// committed before that stays.
class OutboxAdmin {
 public:
  virtual ~OutboxAdmin() = default;

  /// Appends one conversion, as keitaro_outbox::append() does. Gives the new row's id, or nullopt when its
  /// `event_id` is there already. Throws RuleError and Error too.
  virtual std::optional<std::int64_t> append(const Conversion& conversion) = 0;

  /// Has rows sent (again), in order of id: at once, or at `pace`. Includes pending rows in backoff; rows
  /// that are only scheduled stay as they are. Gives the number of rows changed. Rows inserted after the call
  /// began are left alone.
  virtual std::int64_t retry(const RowFilterForAdmin& filter, const std::optional<Pace>& pace) = 0;
  /// The same for one row, whatever its state; a scheduled row is sent too.
  virtual RowAdminResult retry(core::OutboxId id, std::optional<core::WallTime> due_at) = 0;

  /// Cancels pending rows. `filter.states` must be just `pending`.
  virtual std::int64_t cancel(const RowFilterForAdmin& filter) = 0;
  virtual RowAdminResult cancel(core::OutboxId id) = 0;

  // --- groups: rows that share a reason, found by indexes of what did not end well.
  /// Rows that one call changes at most; a further call takes the next ones.
  static constexpr std::int64_t kMostInGroup = 1'000'000;
  /// Counts up to `most` rows, for at most `time` or little longer.
  virtual GroupCount count_group(const ReasonGroupFilter& group, std::int64_t most, core::Millis time) = 0;
  /// Has them sent (again), in order of id: at once, or at `pace`. Gives the number of rows changed; `whole`
  /// is false where there are more.
  virtual GroupCount retry_group(const ReasonGroupFilter& group, const std::optional<Pace>& pace) = 0;
  /// Cancels them. `group.state` must be pending.
  virtual GroupCount cancel_group(const ReasonGroupFilter& group) = 0;

  // What retry() and cancel() would do. They change nothing.
  virtual std::int64_t count_for_retry(const RowFilterForAdmin& filter) = 0;
  virtual std::int64_t count_for_cancel(const RowFilterForAdmin& filter) = 0;
  virtual RowAdminResult judge_retry(core::OutboxId id) = 0;
  virtual RowAdminResult judge_cancel(core::OutboxId id) = 0;

  // Sending to a tracker, switched off and on. Any name will do: the store does not know the configuration.
  virtual bool pause(std::string_view tracker,
                     core::WallTime now) = 0;         ///< False when it was paused already.
  virtual bool resume(std::string_view tracker) = 0;  ///< False when it was not paused.
  virtual std::optional<core::WallTime> paused_since(std::string_view tracker) = 0;
};

/// The result for one row of an import.
struct ImportResult {
  enum class Kind : std::uint8_t {
    added,
    already_there,  ///< A row has its event id.
    rejected        ///< It breaks a rule of the table.
  };
  Kind kind = Kind::added;
  std::string reason;  ///< Of a rejected row, in plain words: `subid must have 1 to 255 characters`.
};

/// Appends many conversions in short transactions, with pauses between them that leave the store to the
/// application. Judges as append() does. All calls throw StoreError; rows whose result was given stay.
class BulkInsert {
 public:
  enum class Mode : std::uint8_t {
    write,
    try_out  ///< Everything is judged and nothing is written.
  };

  virtual ~BulkInsert() = default;

  /// One transaction with rows from the front of `rows`: as many as a few milliseconds take, at least one.
  /// Gives a result for each of them; they are committed.
  virtual std::vector<ImportResult> add(std::span<const Conversion> rows) = 0;
};

/// How many rows of each table were deleted, or would be.
struct Pruned {
  std::int64_t rows = 0;
  std::int64_t attempts = 0;  ///< Those of these rows included.
  std::int64_t conversions = 0;
  std::int64_t rejects = 0;

  Pruned& operator+=(const Pruned& other) {
    rows += other.rows;
    attempts += other.attempts;
    conversions += other.conversions;
    rejects += other.rejects;
    return *this;
  }
  bool any() const { return rows + attempts + conversions + rejects > 0; }
};

/// Which finished rows to delete: those that match every field that is set. Pending rows never match.
struct PruneFilter {
  core::WallTime before;            ///< Finished before then.
  std::vector<core::State> states;  ///< Any of these; empty for all.
  std::optional<std::string> tracker;
};

/// How a pruner works beside the application.
struct PruningOptions {
  bool dry_run = false;
  /// End a walk at the first stretch of rows that are all too young, trusting that ids follow time. If not,
  /// it goes to the end of the table.
  bool end_at_young_rows = false;
  /// The pause after a step, as a multiple of the time for which the step held the write lock.
  double pause_per_hold = 2;
  core::Millis least_pause{5};
  /// Pause too after a step that deleted nothing, to spare the processor and the disk.
  bool pause_after_looks = false;
  /// How long a step waits for another's lock.
  core::Millis busy_limit = std::chrono::seconds{60};
};

/// Deletes what is old in short transactions, walking through each table in small steps. An unfinished walk
/// is started again without loss: what was deleted is not met again. All calls throw StoreError; what was
/// deleted before stays deleted. One thread at a time.
class Pruner {
 public:
  virtual ~Pruner() = default;

  // What a step has deleted, or nullopt when the walk is at its end; the next call begins a new one. A step
  // does not wait for pause_until().
  virtual std::optional<Pruned> rows(const PruneFilter& filter) = 0;
  virtual std::optional<Pruned> attempts(core::WallTime before) = 0;
  virtual std::optional<Pruned> conversions(core::WallTime before) = 0;
  virtual std::optional<Pruned> rejects(core::WallTime before) = 0;

  /// The newest time that the store knows of: what note_time() was told last, or, where that was never
  /// called, the newest of its rows. nullopt for none.
  virtual std::optional<core::WallTime> known_time() = 0;
  /// Ages were counted from this time. For the next run's known_time().
  virtual void note_time(core::WallTime time) = 0;

  /// The next step must not begin before then.
  virtual core::SteadyTime pause_until() const = 0;

  /// How far the walk through the rows is: from 0 to 1, by ids.
  virtual double rows_walked() const = 0;
};

}  // namespace keitaro_outbox::ports
