#pragma once

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// The share of recent requests that a tracker took in: weighted, so that the last `answers` count most, and
/// so that an answer's weight halves in `kHalfLife`. Where little is known a tracker is held to be well.
class ShareWindow {
 public:
  static constexpr Millis kHalfLife{60'000};

  explicit ShareWindow(double answers) : answers_(answers) {}

  void on_answer(bool taken_in, SteadyTime now);

  /// In [0, 1]; 1 before the first answer.
  double share() const;

 private:
  double answers_;
  double taken_in_ = 0;
  double all_ = 0;
  SteadyTime last_{};
};

}  // namespace keitaro_outbox::core
