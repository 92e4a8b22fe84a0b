#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>

#include "core/text/time.hpp"
#include "delivery/cycle.hpp"
#include "ports/commit_signal.hpp"
#include "process/event_fd.hpp"

namespace keitaro_outbox::worker {

/// What wakes the delivery thread: a stop, an answer, other trackers, a commit of others, or the time.
///
/// The hint of a commit comes before the commit can be seen: it is looked for in short steps, and not for
/// long. Without a hint it is looked for from time to time.
class EventLoop {
 public:
  // Raised from any thread.
  process::EventFd stop;
  process::EventFd answers;
  process::EventFd reconfigure;

  /// Returns when there may be something to do, or at `again_at`. `each_time` is called before each sleep.
  void wait(delivery::Cycle& cycle, ports::CommitSignal& commits, core::SteadyTime again_at,
            const std::function<void()>& each_time);

  /// The stop is known: its descriptor stays readable, and would not let the thread sleep any more.
  void note_stop() { stop_is_news_ = false; }

 private:
  using Duration = core::SteadyTime::duration;
  static constexpr std::size_t kWakers = 4;
  using Readable = std::array<bool, kWakers>;

  bool woken(const Readable& readable, delivery::Cycle& cycle, ports::CommitSignal& commits);
  void step_towards_commit(delivery::Cycle& cycle);
  Duration step(core::SteadyTime now) const;
  static Readable sleep_until(core::SteadyTime until, std::array<int, kWakers> fds);

  bool stop_is_news_ = true;
  std::optional<core::SteadyTime> stepping_until_;
  Duration commit_step_{};
};

}  // namespace keitaro_outbox::worker
