#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::readback {

/// When requests to one tracker begin, whoever makes them. From any thread.
class RequestTurns {
 public:
  /// When a request may begin that is ready at `now`; the next one goes no sooner than `interval` after it.
  core::SteadyTime take(core::SteadyTime now, core::SteadyTime::duration interval);

 private:
  std::mutex mutex_;
  std::optional<core::SteadyTime> next_;
};

/// Spreads requests out in time: at most `per_second` begin in a second. All clients of a tracker in a
/// process share the turns. From any thread.
class RequestPace {
 public:
  /// `per_second` is above 0. `stop_asked` is called while a turn is awaited, several times a second; it must
  /// not throw. `turns` null: of its own.
  RequestPace(double per_second, std::function<bool()> stop_asked,
              std::shared_ptr<RequestTurns> turns = nullptr);

  /// Returns when the next request may begin; false: a stop was asked for, and it must not.
  bool await_turn();

  /// When a request may begin that is ready at `now`; the next one goes after it.
  core::SteadyTime take_turn(core::SteadyTime now) { return turns_->take(now, interval_); }

  bool stop_asked() const { return stop_asked_ && stop_asked_(); }

 private:
  const core::SteadyTime::duration interval_;
  const std::function<bool()> stop_asked_;
  const std::shared_ptr<RequestTurns> turns_;
};

}  // namespace keitaro_outbox::readback
