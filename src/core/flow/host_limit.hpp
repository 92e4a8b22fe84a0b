#pragma once

#include <algorithm>
#include <limits>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// How many requests this host bears at once, where it has lacked descriptors, addresses or memory for more.
/// What was in flight then is kept to, and half as many more are tried after 1 s, and after twice as long
/// each time that this failed, up to 1 min.
class HostLimit {
 public:
  /// One more than `in_flight` could not be sent.
  void on_trouble(int in_flight, SteadyTime now) {
    limit_ = std::max(in_flight, 1);
    grows_at_ = now + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
  }

  /// As many of `wanted` as the host bears.
  int of(int wanted, SteadyTime now) {
    if (limit_ < wanted && now >= grows_at_) {
      limit_ += limit_ / 2 + 1;
      grows_at_ = now + pause_ / 2;
    }
    if (limit_ < wanted) return limit_;
    *this = {};
    return wanted;
  }

  bool limits() const { return limit_ < std::numeric_limits<int>::max(); }

 private:
  static constexpr Millis kFirstPause{1'000};
  static constexpr Millis kLongestPause{60'000};

  int limit_ = std::numeric_limits<int>::max();
  SteadyTime grows_at_{};
  Millis pause_ = kFirstPause;
};

}  // namespace keitaro_outbox::core
