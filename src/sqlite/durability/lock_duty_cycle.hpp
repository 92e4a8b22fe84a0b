#pragma once

#include <chrono>

#include "core/flow/lock_pause.hpp"

namespace keitaro_outbox::sqlite {

/// Keeps the pauses of a writer with a thread of its own (see core::LockPause).
class LockDutyCycle {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LockDutyCycle(const core::LockPause& pause) : pause_(pause) {}

  /// To be called with the time at which a transaction was begun, once it has ended.
  void held_since(Clock::time_point begun);

  /// When the lock may be asked for again.
  Clock::time_point free_until() const { return free_until_; }

  /// Sleeps until then. What the caller did since the last transaction counts as pause.
  void wait() const;

 private:
  core::LockPause pause_;
  Clock::time_point free_until_{};
};

}  // namespace keitaro_outbox::sqlite
