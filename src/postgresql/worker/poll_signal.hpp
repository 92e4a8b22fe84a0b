#pragma once

#include <atomic>

#include "core/text/time.hpp"
#include "ports/commit_signal.hpp"
#include "process/event_fd.hpp"

namespace keitaro_outbox::postgresql {

/// Wakes the worker when it is time to look again: by a timer, and where somebody listens for commits, by
/// ring().
class PollSignal final : public ports::CommitSignal {
 public:
  /// Throws ports::StoreError where the process has no descriptor left.
  PollSignal();
  ~PollSignal() override;
  PollSignal(const PollSignal&) = delete;
  PollSignal& operator=(const PollSignal&) = delete;

  /// The next wake. Takes the place of the one set before.
  void set(core::SteadyTime at) noexcept;

  /// Wakes it now. From any thread.
  void ring() noexcept;
  /// Whether it was rung since the last call.
  bool take_ring() noexcept { return rung_.load(std::memory_order_relaxed) && rung_.exchange(false); }

  int fd() const override { return both_; }
  void drain() override;
  bool replacement_hinted() const override { return false; }
  bool take_replacement_hint() override { return false; }

 private:
  void close_all() noexcept;

  process::EventFd bell_;
  std::atomic<bool> rung_{false};
  int timer_ = -1;
  int both_ = -1;  ///< An epoll descriptor: readable when the timer or the bell is.
};

}  // namespace keitaro_outbox::postgresql
