#pragma once

#include <cstdint>
#include <vector>

#include "ports/random.hpp"

namespace keitaro_outbox::simulation {

/// Random that a seed repeats: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators").
class SimRandom final : public ports::Random {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed) {}

  double next() override { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

  /// A whole number in [0, n), n at least 1.
  std::uint64_t below(std::uint64_t n) { return bits() % n; }

  /// A whole number in [from, to].
  std::int64_t between(std::int64_t from, std::int64_t to) {
    return from + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(to - from) + 1));
  }

  bool happens(double odds) { return next() < odds; }

  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace keitaro_outbox::simulation
