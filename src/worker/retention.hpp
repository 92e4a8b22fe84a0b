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

#include "ports/outbox_admin.hpp"
#include "worker/retention_ages.hpp"

namespace keitaro_outbox::worker {

/// Deletes what is older than the settings keep, on a thread and connection of its own, a little at a time:
/// the write lock is asked for only where it is free, is held for some milliseconds, and is left alone ten
/// times as long.
///
/// A clock that is far ahead of the newest time in the store is not believed: nothing is deleted for an hour,
/// and from then on the time that ages are counted from goes on by a day an hour.
class Retention {
 public:
  struct Report {
    ports::Pruned pruned;
    std::string error;  ///< Why it could not go on; it tries again later.
  };

  using OpenPruner = std::function<std::unique_ptr<ports::Pruner>(const ports::PruningOptions&)>;

  /// `open` is called by the thread, again after each failure. `on_report` is called by the thread when there
  /// is a report. Both must outlive this object.
  Retention(OpenPruner open, const RetentionAges& ages, std::function<void()> on_report);
  /// Ends after the step under way.
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  /// What there is to tell since the last call. From any thread.
  std::optional<Report> take_report();

 private:
  using Clock = std::chrono::steady_clock;
  using Step = std::function<std::optional<ports::Pruned>(ports::Pruner&, core::WallTime before)>;

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
  std::optional<core::WallTime> count_from();
  void report(const ports::Pruned& pruned, const char* error) noexcept;

  const OpenPruner open_;
  std::function<void()> on_report_;
  std::vector<Walk> walks_;                         // Used by the thread only.
  std::unique_ptr<ports::Pruner> pruner_;           // The same.
  bool noted_ = false;                              ///< The time that ages are counted from was written down.
  std::optional<Clock::time_point> doubted_since_;  // The same: the wall's clock, or the last step since.

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::optional<Report> report_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::worker
