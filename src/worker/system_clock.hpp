#pragma once

#include <random>

#include "ports/clock.hpp"
#include "ports/random.hpp"

namespace keitaro_outbox::worker {

/// The host's clocks.
class SystemClock final : public ports::Clock {
 public:
  core::WallTime wall() const override { return ports::wall_now(); }
  core::SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// Jitter for real.
class SystemRandom final : public ports::Random {
 public:
  double next() override { return unit_(engine_); }

 private:
  std::mt19937_64 engine_{std::random_device{}()};
  std::uniform_real_distribution<double> unit_{0.0, 1.0};
};

}  // namespace keitaro_outbox::worker
