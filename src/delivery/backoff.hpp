#pragma once

#include <algorithm>
#include <optional>

#include "core/text/time.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::delivery {

/// How long something is left alone after it has failed: twice as long after each failure in a row.
class Backoff {
 public:
  explicit Backoff(const ports::Clock& clock) : clock_(clock) {}

  /// Returns the pause that begins now.
  core::Millis on_failure() {
    constexpr core::Millis kFirst{50};
    constexpr core::Millis kLongest{5'000};
    const auto pause = std::min(kFirst * (1 << std::min(failures_++, 10)), kLongest);
    retry_at_ = clock_.steady() + pause;
    return pause;
  }
  void on_success() {
    failures_ = 0;
    retry_at_.reset();
  }
  /// Ends the pause.
  void retry_now() {
    if (retry_at_) retry_at_ = clock_.steady();
  }

  bool failing() const { return failures_ > 0; }
  bool pausing() const { return retry_at_ && clock_.steady() < *retry_at_; }
  std::optional<core::SteadyTime> retry_at() const { return retry_at_; }

 private:
  const ports::Clock& clock_;
  int failures_ = 0;
  std::optional<core::SteadyTime> retry_at_;
};

}  // namespace keitaro_outbox::delivery
