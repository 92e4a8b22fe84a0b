#pragma once

#include <chrono>

namespace keitaro_outbox::sqlite {

/// Leaves the write lock to others for a share of the time: who has just held it waits before the next
/// transaction, the longer the longer it was held. An application whose busy handler sleeps for some
/// milliseconds at a time would hardly ever meet the lock free otherwise.
class LockDutyCycle {
 public:
  using Clock = std::chrono::steady_clock;

  /// Pauses `pause_per_hold` times as long as the lock was held, `least` at least.
  LockDutyCycle(double pause_per_hold, Clock::duration least)
      : pause_per_hold_(pause_per_hold), least_(least) {}

  /// To be called with the time at which a transaction was begun, once it has ended.
  void held_since(Clock::time_point begun);

  /// When the lock may be asked for again.
  Clock::time_point free_until() const { return free_until_; }

  /// Sleeps until then. What the caller did since the last transaction counts as pause.
  void wait() const;

 private:
  double pause_per_hold_;
  Clock::duration least_;
  Clock::time_point free_until_{};
};

}  // namespace keitaro_outbox::sqlite
