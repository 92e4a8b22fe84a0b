#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/text/time.hpp"
#include "monitoring/money_sums.hpp"
#include "ports/backlog_reader.hpp"

namespace keitaro_outbox::monitoring {

/// What is pending, as last counted.
struct Backlog {
  std::map<std::string, ports::Waiting> waiting;  ///< By tracker.
  std::vector<CurrencySum> money;                 ///< Payouts by currency.
  std::optional<ports::VacuumFigures> vacuum;     ///< Where the store has such.
  std::optional<core::WallTime> counted_at;       ///< nullopt until the first count has ended.

  std::int64_t pending() const;
};

/// Counts what is pending on a thread of its own, when it is asked, and at a low duty: a step of some
/// milliseconds, then a longer pause. Costs nothing while nobody asks, and next to nothing while nobody
/// commits.
class BacklogCounter {
 public:
  using Open = std::function<std::unique_ptr<ports::BacklogReader>()>;

  /// `open` is called by the thread, again after each failure. It may throw.
  explicit BacklogCounter(Open open);
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
  void count();
  bool pause(core::SteadyTime::duration time);

  const Open open_;
  std::unique_ptr<ports::BacklogReader> reader_;  // Used by the thread only.

  std::mutex mutex_;
  std::condition_variable changed_;
  Backlog backlog_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;  // Up to this question.
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace keitaro_outbox::monitoring
