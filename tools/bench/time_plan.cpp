#include "bench/time_plan.hpp"

#include <algorithm>

namespace keitaro_outbox::bench {

void TimePlan::begin_case(Clock::time_point now, Seconds usual) {
  const double part = to_come_.count() > 0 ? std::min(1.0, usual / to_come_) : 1;
  const Seconds left = std::max(Seconds{0}, Seconds{end_ - now});
  case_end_ = now + std::chrono::duration_cast<Clock::duration>(left * part);
  to_come_ -= usual;
  round_begun_ = now;
  longest_ = {};
}

bool TimePlan::another_round(Clock::time_point now) {
  longest_ = std::max(longest_, now - round_begun_);
  round_begun_ = now;
  return now + longest_ <= case_end_;
}

}  // namespace keitaro_outbox::bench
