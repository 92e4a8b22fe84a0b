#include "core/flow/share_window.hpp"

#include <cmath>

namespace keitaro_outbox::core {
namespace {

/// Answers taken in that an unknown tracker is credited with. Few: a bad one is to be known soon.
constexpr double kCredit = 1;

}  // namespace

void ShareWindow::on_answer(bool taken_in, SteadyTime now) {
  double keep = 1 - 1 / answers_;
  if (all_ > 0 && now > last_) {
    const std::chrono::duration<double> since = now - last_;
    keep *= std::exp2(-since / std::chrono::duration<double>(kHalfLife));
  }
  last_ = now;
  all_ = all_ * keep + 1;
  taken_in_ = taken_in_ * keep + (taken_in ? 1 : 0);
}

double ShareWindow::share() const {
  return (taken_in_ + kCredit) / (all_ + kCredit);
}

}  // namespace keitaro_outbox::core
