#pragma once

#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// Being the worker that delivers an outbox's rows. All calls but release() throw StoreError.
class Leadership {
 public:
  virtual ~Leadership() = default;

  /// Takes the lead unless another worker has it. Never waits. True as well when this object has it already.
  virtual bool try_acquire() = 0;
  /// Waits up to `limit` for the lead, and returns early, without it, when `stop_fd` becomes readable.
  virtual bool acquire_within(core::Millis limit, int stop_fd) = 0;
  /// Makes sure that the lead is still held, and mends what it rests on. False when another worker has it
  /// now: then nothing more may be sent or recorded.
  virtual bool renew() = 0;
  /// Whether no other worker can have the lead, by a look that costs next to nothing: to be asked before each
  /// burst of requests, as this process may have been frozen while another took over. From any thread.
  virtual bool is_current() const noexcept = 0;
  /// Ends in order: no row is suspected of having ended this worker.
  virtual void release() noexcept = 0;

  /// Until when the lead lasts without renew(); nullopt for as long as the process lives. It covers all rows.
  virtual std::optional<core::SteadyTime> held_until() const = 0;
};

}  // namespace keitaro_outbox::ports
