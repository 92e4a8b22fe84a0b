#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/admin/pruner.hpp"
#include "worker/retention_ages.hpp"

namespace keitaro_outbox::worker {

/// Deletes what is older than the settings keep, on a thread and connection of its own, a little at a time:
/// the write lock is asked for only where it is free, is held for some milliseconds, and is left alone ten
/// times as long.
class Retention {
 public:
  struct Report {
    sqlite::Pruned pruned;
    std::string error;  ///< Why it could not go on; it tries again later.
  };

  /// `on_wal_growth` is told after each commit how many pages the log has, `on_report` that there is a
  /// report; both from the thread. They must outlive this object.
  Retention(std::string database, const RetentionAges& ages, std::function<void(int)> on_wal_growth,
            std::function<void()> on_report);
  /// Ends after the step under way.
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  /// What there is to tell since the last call. From any thread.
  std::optional<Report> take_report();

 private:
  using Clock = std::chrono::steady_clock;
  using Step = std::function<std::optional<sqlite::Pruned>(sqlite::Pruner&, core::WallTime before)>;

  /// One table's walks.
  struct Walk {
    core::Millis age{};
    core::Millis between{};  ///< From the end of one walk to the begin of the next.
    Step step;
    Clock::time_point next_at{};
  };

  void run();
  void walk(Walk& walk);
  void add_walk(const std::optional<core::Millis>& age, core::Millis longest_between, Step step);
  bool wait_until(Clock::time_point time);
  void report(const sqlite::Pruned& pruned, std::string error);

  const std::string database_;
  std::function<void(int)> on_wal_growth_;
  std::function<void()> on_report_;
  std::vector<Walk> walks_;                 // Used by the thread only.
  std::unique_ptr<sqlite::Pruner> pruner_;  // The same.

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::optional<Report> report_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::worker
