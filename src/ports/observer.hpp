#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/flow/circuit_breaker.hpp"
#include "core/rules/row.hpp"

namespace keitaro_outbox::ports {

/// What a row looked like when something became of it. Views are valid during the call only. Never holds the
/// key.
struct RowEvent {
  core::OutboxId id;
  std::string_view tracker;
  std::string_view subid;
  std::optional<core::Status> sent_as;
  int attempts = 0;
  std::optional<int> http_status;
  core::Millis latency{};
  core::Millis age{};  ///< From its INSERT, or the time it was scheduled for, to its outcome.
  std::optional<core::Status> moved_from =
      {};  ///< Of a row refused for its move: the status it would have changed.
  std::string_view reason;
  bool requested = false;  ///< A request was made for it now.
};

/// How much of each table was deleted for its age.
struct PruneEvent {
  std::int64_t rows = 0;
  std::int64_t attempts = 0;
  std::int64_t conversions = 0;
};

/// Why a worker that stands by may have to wait for ever, unless somebody does something.
enum class LongWait : std::uint8_t {
  rows_pending,  ///< It is to end when nothing is pending, and the worker that delivers has not come to that.
  older_copy     ///< The other worker waits for the operator: the database is an older copy of itself.
};

/// Told of what happens, after it has been committed. Called by the delivery thread: must be quick and must
/// not throw (worker/CountingObserver sees to that for those of applications and logs).
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_delivered(const RowEvent&) {}
  virtual void on_retry(const RowEvent&, core::WallTime /*at*/) {}
  virtual void on_dead(const RowEvent&) {}
  virtual void on_refused(const RowEvent&) {}
  virtual void on_duplicate(const RowEvent&) {}
  /// By the configuration: the row's template is empty.
  virtual void on_cancelled(const RowEvent&) {}
  /// The row had been cancelled or finished by somebody else while it was being sent.
  virtual void on_overtaken(const RowEvent&) {}
  virtual void on_breaker(std::string_view /*tracker*/, core::CircuitBreaker::Phase,
                          std::string_view /*why*/) {}
  /// What holds the tracker's requests back has changed; `words` as core::describe() has them, empty for
  /// nothing.
  virtual void on_flow(std::string_view /*tracker*/, std::string_view /*words*/) {}
  virtual void on_unknown_tracker(std::string_view /*tracker*/) {}
  /// An operator has paused or resumed the tracker.
  virtual void on_paused(std::string_view /*tracker*/) {}
  virtual void on_resumed(std::string_view /*tracker*/) {}
  virtual void on_store_trouble(std::string_view /*what*/, core::Millis /*next_try_in*/) {}
  virtual void on_store_recovered() {}
  /// No request can be made for lack of descriptors, memory or local ports; nothing is sent for
  /// `next_try_in`.
  virtual void on_own_trouble(std::string_view /*what*/, core::Millis /*next_try_in*/) {}
  /// Another file has taken the database's place, and is used from now on.
  virtual void on_store_replaced(std::string_view /*what*/) {}
  /// The operator has accepted an older copy of the database, which lacks `groups` groups of outcomes.
  virtual void on_resumed_restored(std::int64_t /*groups*/) {}
  /// The last worker ended with `rows` answers that it had not recorded yet: these rows are not sent again.
  virtual void on_answers_recovered(std::size_t /*rows*/) {}
  /// Another worker drains this database; this one takes over when that one is gone.
  virtual void on_standing_by() {}
  virtual void on_long_wait(LongWait) {}
  virtual void on_taking_over() {}
  /// The grace period of a stop has ended with `in_flight` requests unanswered and `unrecorded` outcomes
  /// unwritten.
  virtual void on_abandoned(int /*in_flight*/, std::size_t /*unrecorded*/) {}
  /// Rows, attempts or conversions older than the `keep_…` settings were deleted.
  virtual void on_pruned(const PruneEvent&) {}
  /// Deleting old rows failed; it is tried again.
  virtual void on_prune_failed(std::string_view /*what*/) {}
};

}  // namespace keitaro_outbox::ports
