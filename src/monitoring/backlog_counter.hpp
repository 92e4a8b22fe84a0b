#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/text/time.hpp"
#include "monitoring/money_sums.hpp"
#include "sqlite/read/pending_counter.hpp"

namespace keitaro_outbox::monitoring {

/// What is pending, as last counted.
struct Backlog {
  struct OfTracker {
    std::string tracker;
    sqlite::PendingCounter::Counts rows;
    std::optional<core::WallTime> oldest_due;
  };
  std::vector<OfTracker> trackers;
  std::vector<MoneySums::Sum> money;  ///< Payouts by currency.
  std::optional<core::WallTime> counted_at;

  std::int64_t pending() const;
};

/// Counts what is pending on a thread of its own, when it is asked, and at a low duty: a step of some
/// milliseconds, then a pause that is longer. Costs nothing while nobody asks, and next to nothing while
/// nobody commits.
class BacklogCounter {
 public:
  explicit BacklogCounter(std::string database);
  ~BacklogCounter();
  BacklogCounter(const BacklogCounter&) = delete;
  BacklogCounter& operator=(const BacklogCounter&) = delete;

  /// Asks for a new count and gives it, where it is done within `patience`; else what was counted last. From
  /// any thread.
  Backlog backlog(core::Millis patience);

  /// How many currencies are told apart.
  static constexpr std::size_t kCurrencies = 20;

 private:
  void run();
  void take();
  bool rows_may_have_come_due() const;
  void look(sqlite::PendingCounter& pending_counter);
  void count(sqlite::PendingCounter& pending_counter);
  template <typename Step>
  void in_steps(Step&& step);
  bool stopping() const;

  const std::string database_;
  std::unique_ptr<sqlite::PendingCounter> pending_counter_;  // These are the thread's alone.
  std::pair<std::uint64_t, std::uint64_t> file_;
  bool stale_ = true;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Backlog backlog_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;  // Up to this question.
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace keitaro_outbox::monitoring
