#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/circuit_breaker.hpp"
#include "core/rules/row.hpp"
#include "ports/in_progress_slot.hpp"

namespace keitaro_outbox::ports {

/// A store call failed. What the transaction had done is undone; the same work may be tried again later.
class StoreError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    busy,       ///< Somebody else holds the lock for longer than we wait.
    full,       ///< No space left.
    read_only,  ///< The file or its folder cannot be written.
    io,         ///< The disk or the file system failed.
    corrupt,    ///< The file is damaged or no database.
    schema,     ///< Tables are missing or not what we know.
    moved,      ///< The file was deleted, replaced or overwritten while it was open.
    restored,   ///< An older copy of the database: what was delivered since is pending in it.
    other
  };
  StoreError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// Which rows of a tracker to load: those that came with `due_at` 0, in order of id, or those whose later
/// time has come.
struct DueRow {
  core::OutboxId id;
  core::WallTime due_at{};
};

/// A row that may be sent, and what it may have to wait for.
struct LoadedRow {
  core::Row row;
  /// The first other pending row of its click that is scheduled, in backoff or waiting for another.
  std::optional<core::OutboxId> other_waiting;
};

/// Asks the ledger for the key that a row's request carries. Null for a row without a request.
struct LedgerLookup {
  core::OutboxId row;
  const core::LedgerKey* key = nullptr;
};

/// What order is kept by: rows of one click go out one after another.
struct ClickKey {
  std::string_view tracker;
  std::string_view subid;
};

/// Where a sweep has come to.
struct SweepPosition {
  std::string tracker;
  std::string subid;
};

/// One failed attempt, for `delivery_attempts`.
struct FailedAttempt {
  core::OutboxId id;
  int attempt = 0;  ///< As `outbox.attempts` counts, from 1.
  core::WallTime started_at{};
  core::Millis latency{};
  std::optional<int> http_status;
  std::string error;
  std::optional<std::string> response;
};

/// What an exchange, or the plan, made of a row. Written only where the row is still `pending`, but for
/// `attempts`.
struct RowResult {
  core::OutboxId id;
  /// When it was written: another row that has taken its id (INSERT OR REPLACE) is left alone.
  std::optional<core::WallTime> created_at;
  core::State state = core::State::pending;
  int attempts = 0;
  int strikes = 0;
  int refusals = 0;                      ///< Of the strikes: see core::Row.
  std::optional<core::WallTime> due_at;  ///< For `pending`: when to try again.
  std::optional<core::Status> sent_as;
  std::optional<int> http_status;  ///< nullopt with no answer, or no request.
  std::optional<std::string> response;
  std::string reason;  ///< Empty: NULL.
  core::WallTime now{};
  bool requested = false;  ///< A request was made: http_status and response are those of its answer. Else
                           ///< they are left alone.
};

/// All that is written of one row. Views and pointers are valid until the transaction ends.
struct OutcomeRecord {
  ClickKey click;
  core::OutboxId id;
  const RowResult* result = nullptr;            ///< Null: the row is left alone.
  const FailedAttempt* failure = nullptr;       ///< A line for `delivery_attempts`, or null.
  const core::LedgerEntry* taken_in = nullptr;  ///< What the tracker has taken in at `result->now`, or null.
  const core::LedgerKey* key = nullptr;         ///< Of `taken_in`, as it was sent.
  /// When the tracker's records are to be asked for what it has taken in; nullopt for not at all.
  std::optional<core::WallTime> check_at = {};
  core::WallTime set_aside_until{};  ///< Where it cannot be written, see `unrecorded`.
  bool unblock_next = false;  ///< Frees the first waiting row of the click if it is blocked (one that is
                              ///< scheduled comes by itself).
  bool overtaken = false;     ///< Set by record(), or by the commit() after it.
  /// The same: why this row cannot be written as it should (a trigger of the application fails, say);
  /// empty when it was. The row is then pending until `set_aside_until` with this reason, and what the
  /// tracker took in is noted all the same.
  std::string unrecorded = {};
};

/// The row waits for an earlier one of its click, and is not loaded until that one is done.
struct BlockedRow {
  core::OutboxId id;
  core::OutboxId waits_for;
};

/// How sending to a tracker goes, for `outbox_trackers`.
struct BreakerState {
  std::string tracker;
  core::CircuitBreaker::Phase phase = core::CircuitBreaker::Phase::closed;
  std::optional<core::WallTime> since;  ///< Since when it is so; probes that fail are part of the outage.
  std::optional<core::WallTime> next_try_at;  ///< While it is open.
  /// What opened it; of a closed one what holds the tracker's requests back, in words. Empty for nothing.
  std::string reason;
};

/// The outbox as delivery sees it. One connection, one thread. Every call throws StoreError.
///
/// All calls but begin_* and foreign_commits need an open transaction; the writing ones a writing one. Calls
/// that take many rows cost a store behind a network one round trip. They note in `in_progress` which row
/// they work on, so that a row that ends the process is known at the next start.
class OutboxStore {
 public:
  virtual ~OutboxStore() = default;

  /// About how many rows are best read, or recorded, at a time. Where each call is a round trip, many cost
  /// little more than one; where it is none, 1. A crash of the process repeats as many requests more.
  virtual std::size_t preferred_span() const { return 1; }
  /// Whether others wait for their commit while a writing transaction is open.
  virtual bool holds_up_others() const { return true; }

  // --- transactions
  virtual void begin_read() = 0;
  virtual void begin_write() = 0;
  /// After a failure the transaction is over, and whether it took effect is told by the kind of error only
  /// for `busy` (it did not).
  void commit() { commit({}); }
  /// Calls `visible`, which may be empty, once others see what was written and can write themselves; what
  /// remains is to wait until a power cut does not undo it.
  virtual void commit(const std::function<void()>& visible) = 0;
  virtual void rollback() noexcept = 0;

  /// Whether others have committed since the last call, a trigger of the application within our own commit
  /// included, so that rows that were read before must be read again
  /// before they are sent (true the first time). Inside a transaction: as of its snapshot. A store that
  /// cannot tell says yes.
  virtual bool foreign_commits() = 0;

  // --- loading
  /// Trackers with a pending row that does not wait for another and a name behind `after`, in alphabetical
  /// order, at most `limit`.
  virtual std::vector<std::string> trackers_with_pending(std::string_view after, std::size_t limit) = 0;

  /// Which of the rows behind a place are in memory already, and will not be loaded.
  enum class Known : std::uint8_t { none, some };

  /// Pending rows with `due_at` 0 that wait for no other, with id > `after`, in order of id. Where none of
  /// them is known, the store may read ahead what load_rows() and ledger_entries() will ask for.
  virtual void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit, Known known,
                     std::vector<core::OutboxId>& out) = 0;

  /// Pending rows with 0 < `due_at` <= `now` that wait for no other, in order of (due_at, id).
  virtual void due(std::string_view tracker, core::WallTime now, std::size_t limit,
                   std::vector<DueRow>& out) = 0;

  /// When the next row becomes due after `now`, if there is one.
  virtual std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) = 0;

  /// Appends those of the rows that are still pending and wait for no other, in the order of `ids`.
  virtual void load_rows(std::span<const core::OutboxId> ids, const InProgressSlot& in_progress,
                         std::vector<LoadedRow>& out) = 0;

  /// Appends what the tracker last took in for each of `lookups`, in their order; nullopt for nothing.
  virtual void ledger_entries(std::string_view tracker, std::span<const LedgerLookup> lookups,
                              const InProgressSlot& in_progress,
                              std::vector<std::optional<core::LedgerEntry>>& out) = 0;

  /// Whether any row of the tracker is pending.
  virtual bool has_pending(std::string_view tracker) = 0;

  /// Trackers that an operator has paused, in alphabetical order.
  virtual std::vector<std::string> paused_trackers() = 0;

  /// Trackers whose breaker was open or probing when an earlier worker ended, until forget_breakers().
  virtual std::vector<BreakerState> open_breakers() = 0;

  // --- recording
  virtual void block(std::span<const BlockedRow> rows) = 0;

  /// Frees the first waiting row, if it was blocked, of up to `limit` clicks after `position`, and moves
  /// `position` on. False at the end. Needless in normal running, where record() does it: frees what a
  /// REPLACE or a restored copy left waiting for a row that is gone. Freeing a row too early does no harm: it
  /// is blocked again when it is loaded.
  virtual bool sweep_waiting(SweepPosition& position, std::size_t limit) = 0;

  /// Writes them in order, now or when the transaction is committed. A row is `overtaken` when it had been
  /// cancelled, deleted or otherwise finished meanwhile: then only its attempts and what the answer was are
  /// written, with a reason that says so.
  virtual void record(std::span<OutcomeRecord> records, const InProgressSlot& in_progress) = 0;

  /// Makes rows due at `now` that would be tried after `beyond`, because the last try was made under a clock
  /// that was ahead: it was later than `now`. Only some at a time; returns whether there may be more.
  virtual bool bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) = 0;

  /// Writes how sending to the tracker goes; whether it is paused is left alone.
  virtual void record_breaker(const BreakerState& note) = 0;

  /// Every tracker's breaker counts as closed: what an earlier worker wrote is out of date.
  virtual void forget_breakers() = 0;

  /// Writes `reason` into up to `limit` pending rows of `tracker` with id > `after` that have another one.
  /// Gives the last id seen, or nullopt when there was none left.
  virtual std::optional<core::OutboxId> explain_waiting(std::string_view tracker, core::OutboxId after,
                                                        std::string_view reason, std::size_t limit) = 0;
};

}  // namespace keitaro_outbox::ports
