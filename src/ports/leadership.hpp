#pragma once

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
  /// Whether no other worker can have the lead, nor will within `span`, by a look that costs next to nothing:
  /// to be asked before each burst of requests that take so long at most, as this process may have been
  /// frozen while another took over. From any thread.
  virtual bool is_current(core::Millis span) const noexcept = 0;
  /// Ends in order: no row is suspected of having ended this worker.
  virtual void release() noexcept = 0;
  /// Whether it ends by itself unless it is renewed, so that is_current() may say no at any time.
  virtual bool expires() const { return false; }

  // Where several workers share the rows: a part that is to be given away to another, once nothing of it is
  // under way. Nothing more of it is loaded meanwhile.
  virtual bool has_surplus() const { return false; }
  virtual void give_surplus_away() {}
};

}  // namespace keitaro_outbox::ports
