#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keitaro_sim {

/// Runs jobs on threads of their own, as many as there are jobs at a time but no more than `most`; further
/// jobs wait.
class GrowingThreads {
 public:
  explicit GrowingThreads(std::size_t most) : most_(most) {}
  ~GrowingThreads() { finish(); }
  GrowingThreads(const GrowingThreads&) = delete;
  GrowingThreads& operator=(const GrowingThreads&) = delete;

  void run(std::function<void()> job);
  /// Runs what is waiting, and returns when all is done.
  void finish();

 private:
  void work();

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool finishing_ = false;
};

}  // namespace keitaro_sim
