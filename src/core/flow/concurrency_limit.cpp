#include "core/flow/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace keitaro_outbox::core {

ConcurrencyLimit::ConcurrencyLimit(int cap, ConcurrencyPolicy policy)
    : policy_(policy), cap_(std::max(cap, 1)), value_(std::clamp(policy.first, 1, cap_)) {}

void ConcurrencyLimit::on_answer(std::chrono::microseconds latency, int in_flight) {
  ++answers_;
  sum_ += latency;
  most_in_flight_ = std::max(most_in_flight_, in_flight);
  if (answers_ >= std::max(value_, kFewestAnswers)) end_round();
}

void ConcurrencyLimit::on_overload() {
  doubling_ = false;
  if (shrunk_) return;
  const double shrunk = value_ * policy_.step_down;
  begin_round();
  set(shrunk);
  shrunk_ = true;
}

void ConcurrencyLimit::end_round() {
  const Micros mean = sum_ / answers_;
  usual_latency_ = std::chrono::round<std::chrono::microseconds>(mean);
  const bool was_full = 2 * most_in_flight_ >= value_;
  begin_round();
  const bool at_floor = value_ <= kFloor;
  if (!at_ease_ || mean < *at_ease_ || at_floor) at_ease_ = mean;
  const Micros too_long = *at_ease_ * policy_.stretch + policy_.slack;
  if (mean > too_long) {
    doubling_ = false;
    set(value_ * std::max(too_long / mean, 0.5));
  } else if (was_full) {
    set(doubling_ ? value_ * 2.0 : value_ + std::sqrt(value_));
  }
}

void ConcurrencyLimit::set(double value) {
  value_ = static_cast<int>(
      std::clamp(value, static_cast<double>(std::min(kFloor, cap_)), static_cast<double>(cap_)));
}

void ConcurrencyLimit::begin_round() {
  answers_ = 0;
  sum_ = {};
  most_in_flight_ = 0;
  shrunk_ = false;
}

}  // namespace keitaro_outbox::core
