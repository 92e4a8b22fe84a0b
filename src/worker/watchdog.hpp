#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/in_progress_slot.hpp"

namespace keitaro_outbox::worker {

/// Notices a thread that handles one and the same row without end. Looks a few times within the limit, on a
/// thread of its own; time in which the whole process stood still (a stopped or sleeping machine) does not
/// count.
class Watchdog {
 public:
  /// `on_wedge` is called from the watchdog's thread, once.
  Watchdog(std::vector<ports::InProgressSlot> marks, core::Millis limit,
           std::function<void(core::OutboxId)> on_wedge);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct Watched {
    ports::InProgressSlot mark;
    std::int64_t row = 0;
    int looks = 0;  ///< In which the same row was seen, one after another.
  };

  void run();
  bool wedged(Watched& watched) const;

  std::vector<Watched> watched_;
  const core::Millis limit_;
  const std::function<void(core::OutboxId)> on_wedge_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace keitaro_outbox::worker
