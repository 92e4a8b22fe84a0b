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

core::SteadyTime RequestTurns::take(core::SteadyTime now, core::SteadyTime::duration interval) {
  const std::lock_guard lock(mutex_);
  const core::SteadyTime turn = next_ ? std::max(*next_, now) : now;
  next_ = turn + interval;
  return turn;
}

RequestPace::RequestPace(double per_second, std::function<bool()> stop_asked,
                         std::shared_ptr<RequestTurns> turns)
    : interval_(std::chrono::ceil<steady_clock::duration>(std::chrono::duration<double>(1 / per_second))),
      stop_asked_(std::move(stop_asked)),
      turns_(turns ? std::move(turns) : std::make_shared<RequestTurns>()) {}

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
