#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/text/time.hpp"

namespace keitaro_outbox::monitoring {

/// For hosts that nobody scrapes: requests an address now and then for as long as all is well, so that
/// whoever waits there notices when it stays out.
class Heartbeat {
 public:
  struct Options {
    std::string url;  ///< As secret as a postback key.
    core::Millis interval = std::chrono::minutes{1};
    std::function<bool()> all_is_well;
    /// What went wrong (without the URL), the first time and then at most each ten minutes, with the number
    /// of failures in a row.
    std::function<void(const std::string& what, std::int64_t failures)> on_failure;
    std::function<void()> on_recovery;
  };

  explicit Heartbeat(Options options);
  /// Gives up a request that is under way.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  void run();
  void beat();

  const Options options_;
  std::int64_t failures_ = 0;  // These are the thread's alone.
  core::SteadyTime told_at_{};

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::monitoring
