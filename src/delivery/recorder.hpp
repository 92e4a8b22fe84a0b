#pragma once

#include <span>
#include <vector>

#include "delivery/row_outcome.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Writes outcomes, many in one transaction. What the tracker has answered stays in memory until it is
/// committed, so that a database in trouble never turns "sent" into "send again".
class Recorder {
 public:
  Recorder(ports::OutboxStore& store, ports::Observer& observer) : store_(store), observer_(observer) {}

  void set_in_progress_slot(const ports::InProgressSlot& mark) { mark_ = mark; }

  /// Within a writing transaction: writes all of them, in order. Leaves them as they are.
  void write(std::span<const RowOutcome> outcomes);

  /// After the commit of the same outcomes: frees the rows' clicks in memory, and tells the observer.
  void committed(std::span<const RowOutcome> outcomes);

 private:
  void tell(const RowOutcome& outcome, bool overtaken);

  ports::OutboxStore& store_;
  ports::Observer& observer_;
  ports::InProgressSlot mark_;
  std::vector<bool> overtaken_;  ///< By outcome, of the last write().
};

}  // namespace keitaro_outbox::delivery
