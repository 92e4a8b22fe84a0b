#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::readback {

/// Spreads requests out in time: at most `per_second` begin in a second. All clients of a process share one.
/// From any thread.
class RequestPace {
 public:
  /// `per_second` is above 0. `stop_asked` is called while a turn is awaited, several times a second; it must
  /// not throw.
  RequestPace(double per_second, std::function<bool()> stop_asked);

  /// Returns when the next request may begin; false: a stop was asked for, and it must not.
  bool await_turn();

  /// When a request may begin that is ready at `now`; the next one goes after it.
  core::SteadyTime take_turn(core::SteadyTime now);

  bool stop_asked() const { return stop_asked_ && stop_asked_(); }

 private:
  const core::SteadyTime::duration interval_;
  const std::function<bool()> stop_asked_;
  std::mutex mutex_;
  std::optional<core::SteadyTime> next_;
};

}  // namespace keitaro_outbox::readback
