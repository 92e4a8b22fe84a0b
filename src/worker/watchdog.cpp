#include "worker/watchdog.hpp"

#include <utility>

#include "process/signals_blocked.hpp"

namespace keitaro_outbox::worker {

namespace {

/// Enough that a thread which happens to be seen with the same row again and again is not taken for wedged.
constexpr int kLooks = 12;

}  // namespace

Watchdog::Watchdog(std::vector<ports::InProgressSlot> marks, core::Millis limit,
                   std::function<void(core::OutboxId)> on_wedge)
    : limit_(limit), on_wedge_(std::move(on_wedge)) {
  for (const ports::InProgressSlot& mark : marks) watched_.push_back({.mark = mark});
  const process::SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { run(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, limit_ / kLooks, [this] { return stop_; })) {
    for (Watched& watched : watched_) {
      if (!wedged(watched)) continue;
      lock.unlock();
      on_wedge_({watched.row});
      return;
    }
  }
}

bool Watchdog::wedged(Watched& watched) const {
  const std::int64_t row = watched.mark.noted();
  watched.looks = row != 0 && row == watched.row ? watched.looks + 1 : 0;
  watched.row = row;
  return watched.looks >= kLooks;
}

}  // namespace keitaro_outbox::worker
