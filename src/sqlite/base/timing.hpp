#pragma once

#include <chrono>

#include "ports/timing.hpp"

namespace keitaro_outbox::sqlite {

using ports::Timed;
using ports::TimingListener;

/// Tells the listener, if there is one, how long it has lived.
class Stopwatch {
 public:
  Stopwatch(const TimingListener& listener, Timed what) : listener_(listener), what_(what) {
    if (listener_) begun_ = std::chrono::steady_clock::now();
  }
  ~Stopwatch() {
    if (listener_) listener_(what_, std::chrono::steady_clock::now() - begun_);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  const TimingListener& listener_;
  Timed what_;
  std::chrono::steady_clock::time_point begun_{};
};

}  // namespace keitaro_outbox::sqlite
