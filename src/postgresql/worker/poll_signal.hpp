#pragma once

#include "core/text/time.hpp"
#include "ports/commit_signal.hpp"

namespace keitaro_outbox::postgresql {

/// Wakes the worker when it is time to look again: a timer, as nothing tells of commits by itself.
class PollSignal final : public ports::CommitSignal {
 public:
  /// Throws ports::StoreError where the process has no descriptor left.
  PollSignal();
  ~PollSignal() override;
  PollSignal(const PollSignal&) = delete;
  PollSignal& operator=(const PollSignal&) = delete;

  /// The next wake. Takes the place of the one set before.
  void set(core::SteadyTime at) noexcept;

  int fd() const override { return timer_; }
  void drain() override;
  bool replacement_hinted() const override { return false; }
  bool take_replacement_hint() override { return false; }

 private:
  int timer_;
};

}  // namespace keitaro_outbox::postgresql
