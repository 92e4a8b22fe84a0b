#pragma once

#include "delivery/breaker_state_writer.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/row_outcome.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/random.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// Decides what an answer makes of its row, and learns from it how the tracker does.
class Settler {
 public:
  Settler(const ports::Clock& clock, ports::Random& random, OutcomeBuffer& outcomes,
          BreakerStateWriter& breaker_states, const ports::InProgressSlot& in_progress)
      : clock_(clock),
        random_(random),
        outcomes_(outcomes),
        breaker_states_(breaker_states),
        in_progress_(in_progress) {}

  /// Adds the row's outcome. Throws std::bad_alloc with nothing changed: the same answer can be settled
  /// later.
  void settle(Flight& flight, const ports::Completion& completion);

 private:
  const ports::Clock& clock_;
  ports::Random& random_;
  OutcomeBuffer& outcomes_;
  BreakerStateWriter& breaker_states_;
  const ports::InProgressSlot& in_progress_;
};

}  // namespace keitaro_outbox::delivery
