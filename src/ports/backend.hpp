#pragma once

#include <cstdint>
#include <memory>

#include "ports/commit_signal.hpp"
#include "ports/leadership.hpp"
#include "ports/outbox_admin.hpp"
#include "ports/outbox_store.hpp"
#include "ports/recovery_memory.hpp"
#include "ports/timing.hpp"

namespace keitaro_outbox::ports {

/// All that a worker needs of the place where an outbox is kept, opened. For one thread; calls throw
/// StoreError.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual OutboxStore& store() = 0;
  virtual Leadership& leadership() = 0;
  /// From take_over() to Leadership::release().
  virtual RecoveryMemory& memory() = 0;

  /// To be called once the lead is held: compares the store with what earlier workers remember of it.
  /// `accept_older_copy` goes on with an older copy of the store. Gives how many groups of outcomes such a
  /// copy lacks; 0 when it was none.
  virtual std::int64_t take_over(bool accept_older_copy) = 0;
  /// Without the lead: whether the store is an older copy than what another worker has recorded.
  virtual bool lacks_recorded_outcomes() = 0;
  /// With the lead: the same. Nothing is sent from such a store; begin_read() says what to do.
  virtual bool is_older_copy() const = 0;

  /// Whether the next transaction can begin.
  virtual bool usable() const = 0;
  /// Whether the store was replaced, or its trouble may be over: then stop the upkeep and reopen().
  virtual bool must_reopen() = 0;
  enum class Reopened : std::uint8_t {
    same_database,
    another_database,  ///< Nothing in memory is of it.
    opened_at_last     ///< It had not been open before, as another process held it for itself.
  };
  virtual Reopened reopen() = 0;

  // Work beside delivery, on threads and connections of its own: checkpoints, the signal of commits.
  virtual void start_upkeep(const TimingListener& on_timing) = 0;
  virtual void stop_upkeep() noexcept = 0;
  virtual bool upkeep_runs() const = 0;
  virtual void others_commit(bool they_do) noexcept = 0;  ///< Whether other connections commit at present.
  virtual CommitSignal& commits() = 0;                    ///< After the first start_upkeep().
  /// A pruner whose commits the upkeep follows; it must end before stop_upkeep(). From any thread.
  virtual std::unique_ptr<Pruner> pruner(const PruningOptions& options) = 0;
};

}  // namespace keitaro_outbox::ports
