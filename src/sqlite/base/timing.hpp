#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace keitaro_outbox::sqlite {

/// What SQLite takes time for.
enum class Timed : std::uint8_t {
  lock_wait,  ///< From asking for the write lock to having it, or giving up.
  commit,     ///< Of a writing transaction.
  checkpoint
};

/// Must be quick, and must not throw.
using TimingListener = std::function<void(Timed, std::chrono::nanoseconds)>;

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
