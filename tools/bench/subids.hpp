#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace keitaro_outbox::bench {

/// Click ids of 20 characters `0-9a-z`, as random as a tracker's. The same seed gives the same ones.
class Subids {
 public:
  explicit Subids(std::uint64_t seed) : random_(seed) {}

  std::string next() { return text(random_(), random_()); }

  /// The `i`-th of `count`, spread evenly and in ascending order: what a big table is filled with quickly.
  std::string next_in_order(std::uint64_t i, std::uint64_t count) {
    const std::uint64_t step = UINT64_MAX / count;
    return text(i * step + random_() % step, random_());
  }

 private:
  __extension__ using Wide = unsigned __int128;

  static std::string text(std::uint64_t high, std::uint64_t low) {
    constexpr int kHalf = 10;
    std::string subid(2 * kHalf, '0');
    write(high, subid.data());
    write(low, subid.data() + kHalf);
    return subid;
  }

  /// The value's first ten digits as a fraction of its range, so that order is kept.
  static void write(std::uint64_t value, char* to) {
    for (int i = 0; i < 10; ++i) {
      const Wide product = Wide{value} * 36;
      to[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[static_cast<std::size_t>(product >> 64)];
      value = static_cast<std::uint64_t>(product);
    }
  }

  std::mt19937_64 random_;
};

}  // namespace keitaro_outbox::bench
