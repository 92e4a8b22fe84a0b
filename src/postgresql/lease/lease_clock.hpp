#pragma once

#include <chrono>

namespace keitaro_outbox::postgresql {

/// Moves forward while the host is suspended too, which a steady clock need not: a lease runs out meanwhile.
struct LeaseClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LeaseClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};

}  // namespace keitaro_outbox::postgresql
