#pragma once

#include <optional>

#include "core/text/time.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::delivery {

/// Tells when the wall's clock has been set back: what was put off by it lies too far ahead then.
class ClockWatch {
 public:
  explicit ClockWatch(const ports::Clock& clock) : clock_(clock) {}

  /// True before the first looked() too: the clock may have been set back before this process began.
  bool was_set_back() const { return !wall_at_zero_ || wall_at_zero() < *wall_at_zero_ - kStep; }
  void looked() { wall_at_zero_ = wall_at_zero(); }
  /// To be called often: a clock that is set forward is followed.
  void follow() {
    if (wall_at_zero_ && wall_at_zero() > *wall_at_zero_) looked();
  }

 private:
  static constexpr core::Millis kStep = std::chrono::minutes{1};

  /// What the wall's clock showed when the steady one began.
  core::WallTime wall_at_zero() const {
    return clock_.wall() - std::chrono::floor<core::Millis>(clock_.steady().time_since_epoch());
  }

  const ports::Clock& clock_;
  std::optional<core::WallTime> wall_at_zero_;
};

}  // namespace keitaro_outbox::delivery
