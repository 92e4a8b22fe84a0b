#pragma once

#include <span>
#include <vector>

#include "delivery/outcome.hpp"
#include "ports/handling_mark.hpp"
#include "ports/observer.hpp"
#include "ports/store.hpp"

namespace keitaro_outbox::delivery {

/// Writes outcomes, many in one transaction. What the tracker has answered stays in memory until it is
/// committed, so that a database in trouble never turns "sent" into "send again".
class Recorder {
 public:
  Recorder(ports::Store& store, ports::Observer& observer) : store_(store), observer_(observer) {}

  void note_handling(const ports::HandlingMark& mark) { mark_ = mark; }

  /// Within a writing transaction: writes all of them, in order. Leaves them as they are.
  void write(std::span<const Outcome> outcomes);

  /// After the commit of the same outcomes: frees the rows' clicks in memory, and tells the observer.
  void committed(std::span<const Outcome> outcomes);

 private:
  void tell(const Outcome& outcome, bool overtaken);

  ports::Store& store_;
  ports::Observer& observer_;
  ports::HandlingMark mark_;
  std::vector<bool> overtaken_;  ///< By outcome, of the last write().
};

}  // namespace keitaro_outbox::delivery
