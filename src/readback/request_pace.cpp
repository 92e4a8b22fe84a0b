#include "readback/request_pace.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace keitaro_outbox::readback {
namespace {

using std::chrono::steady_clock;

constexpr core::Millis kLookForAStop{50};

}  // namespace

RequestPace::RequestPace(double per_second, std::function<bool()> stop_asked)
    : interval_(std::chrono::ceil<steady_clock::duration>(std::chrono::duration<double>(1 / per_second))),
      stop_asked_(std::move(stop_asked)) {}

core::SteadyTime RequestPace::take_turn(core::SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const core::SteadyTime turn = next_ ? std::max(*next_, now) : now;
  next_ = turn + interval_;
  return turn;
}

bool RequestPace::await_turn() {
  if (stop_asked()) return false;
  const core::SteadyTime turn = take_turn(steady_clock::now());
  for (;;) {
    const auto left = turn - steady_clock::now();
    if (left <= left.zero()) return true;
    std::this_thread::sleep_for(std::min<steady_clock::duration>(left, kLookForAStop));
    if (stop_asked()) return false;
  }
}

}  // namespace keitaro_outbox::readback
