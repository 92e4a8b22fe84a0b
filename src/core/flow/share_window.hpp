#pragma once

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// The share of recent requests that a tracker took in: weighted, so that the last `kAnswers` count most, and
/// so that an answer's weight halves in `kHalfLife`. Where little is known a tracker is held to be well.
class ShareWindow {
 public:
  static constexpr double kAnswers = 100;
  static constexpr Millis kHalfLife{60'000};

  void on_answer(bool taken_in, SteadyTime now);
  void forget() { *this = ShareWindow(); }

  /// In [0, 1]; 1 before the first answer.
  double share() const;

 private:
  double taken_in_ = 0;
  double all_ = 0;
  SteadyTime last_{};
};

}  // namespace keitaro_outbox::core
