#include "worker/watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace keitaro_outbox::worker {
namespace {

using namespace std::chrono_literals;

/// Waits for the row that it is told of.
class Told {
 public:
  void tell(core::OutboxId row) {
    const std::lock_guard lock(mutex_);
    row_ = row;
    ++times_;
    changed_.notify_all();
  }
  std::optional<core::OutboxId> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return row_.has_value(); });
    return row_;
  }
  int times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<core::OutboxId> row_;
  int times_ = 0;
};

TEST(Watchdog, TellsOfTheRowThatAThreadHandlesWithoutEnd) {
  std::atomic<std::int64_t> quick = 0;
  std::atomic<std::int64_t> wedged = 0;
  const ports::InProgressSlot slot(wedged);
  Told told;
  Watchdog watchdog({ports::InProgressSlot(quick), slot}, 60ms, [&](core::OutboxId row) { told.tell(row); });
  slot.set({42});
  EXPECT_EQ(told.wait(), core::OutboxId{42});
}

/// As many looks as the others need for a verdict show that these have none.
TEST(Watchdog, IsSilentAboutThreadsThatGoOnOrRest) {
  std::atomic<std::int64_t> resting = 0;
  std::atomic<std::int64_t> working = 0;
  std::atomic<std::int64_t> wedged = 0;
  Told told;
  std::atomic<bool> over = false;
  std::thread worker([&] {
    for (std::int64_t row = 1; !over; ++row) {
      working = row;
      std::this_thread::yield();
    }
  });
  {
    Watchdog watchdog(
        {ports::InProgressSlot(resting), ports::InProgressSlot(working), ports::InProgressSlot(wedged)}, 60ms,
        [&](core::OutboxId row) { told.tell(row); });
    wedged = -7;
    EXPECT_EQ(told.wait(), core::OutboxId{-7});
  }
  over = true;
  worker.join();
  EXPECT_EQ(told.times(), 1);
}

TEST(Watchdog, EndsAtOnceHoweverLongItsLimit) {
  std::atomic<std::int64_t> memory = 5;
  Told told;
  {
    Watchdog watchdog({ports::InProgressSlot(memory)}, 24h, [&](core::OutboxId row) { told.tell(row); });
  }
  EXPECT_EQ(told.times(), 0);
}

}  // namespace
}  // namespace keitaro_outbox::worker
