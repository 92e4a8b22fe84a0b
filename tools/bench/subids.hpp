#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <utility>

namespace keitaro_outbox::bench {

/// Ten digits `0-9a-z` for each of the two: the values as fractions of their range, so that their order is
/// kept.
inline std::string subid_text(std::uint64_t high, std::uint64_t low) {
  __extension__ using Wide = unsigned __int128;
  std::string subid(20, '0');
  for (int i = 0; i < 20; ++i) {
    std::uint64_t& value = i < 10 ? high : low;
    const Wide product = Wide{value} * 36;
    subid[static_cast<std::size_t>(i)] =
        "0123456789abcdefghijklmnopqrstuvwxyz"[static_cast<std::size_t>(product >> 64)];
    value = static_cast<std::uint64_t>(product);
  }
  return subid;
}

/// Click ids of 20 characters `0-9a-z`, as random as a tracker's. The same seed gives the same ones.
class Subids {
 public:
  explicit Subids(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    const std::uint64_t high = random_();
    return subid_text(high, random_());
  }

 private:
  std::mt19937_64 random_;
};

/// A lot of `count` such ids, at most 2^31 of them, known both in the order of rows and in their own: so a
/// big table keyed by them is written from its first page to its last, which takes minutes less.
class SubidLot {
 public:
  SubidLot(std::uint64_t seed, std::uint64_t count)
      : seed_(seed), count_(count), stride_(stride_for(count)) {}

  /// The id with `rank` smaller ones.
  std::string of_rank(std::uint64_t rank) const {
    const std::uint64_t step = UINT64_MAX / count_;
    return subid_text(rank * step + mixed(seed_ ^ rank) % step, mixed(~seed_ ^ rank));
  }

  /// Neighbouring rows are far apart in rank; each rank is one row's, rows and ranks counted from 0.
  std::uint64_t row_of_rank(std::uint64_t rank) const { return rank * stride_ % count_; }
  std::uint64_t rank_of_row(std::uint64_t row) const { return row * inverse_ % count_; }

 private:
  /// Near the golden section of `count`, and with no divisor in common with it.
  static std::uint64_t stride_for(std::uint64_t count) {
    auto stride = static_cast<std::uint64_t>(static_cast<double>(count) * 0.6180339887);
    while (std::gcd(stride, count) != 1) ++stride;
    return stride;
  }

  /// What undoes a multiplication by `stride`, modulo `count`: Euclid's algorithm.
  static std::uint64_t inverse_of(std::uint64_t stride, std::uint64_t count) {
    std::int64_t before = 0;
    std::int64_t now = 1;
    auto left = static_cast<std::int64_t>(count);
    auto right = static_cast<std::int64_t>(stride % count);
    while (right > 0) {
      const std::int64_t times = left / right;
      before = std::exchange(now, before - times * now);
      left = std::exchange(right, left - times * right);
    }
    return before < 0 ? static_cast<std::uint64_t>(before + static_cast<std::int64_t>(count))
                      : static_cast<std::uint64_t>(before);
  }

  /// The end of splitmix64: each bit depends on all.
  static std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
  }

  const std::uint64_t seed_;
  const std::uint64_t count_;
  const std::uint64_t stride_;
  const std::uint64_t inverse_ = inverse_of(stride_, count_);
};

}  // namespace keitaro_outbox::bench
