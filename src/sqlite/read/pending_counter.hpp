#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_outbox::sqlite {

/// Counts pending rows without ever reading the table as a whole, in steps that each end their reading before
/// the next one begins: of many rows the sums are of many moments. For one thread; all calls throw
/// ports::StoreError.
class PendingCounter {
 public:
  /// Opens an existing database file whose schema is the one we know.
  explicit PendingCounter(const std::string& path);
  ~PendingCounter();
  PendingCounter(const PendingCounter&) = delete;
  PendingCounter& operator=(const PendingCounter&) = delete;

  /// Whether anybody has committed since the last call; true the first time.
  bool changed();

  /// Trackers with a pending row that does not wait for another, at most `limit`, in alphabetical order.
  std::vector<std::string> trackers(std::size_t limit);

  /// Since when the tracker's row that has been due for longest could have been sent: its INSERT, or the
  /// later time that it had.
  std::optional<core::WallTime> oldest_due(std::string_view tracker, core::WallTime now);

  /// Where a walk over the pending rows of one tracker has come to. A new one begins at the first.
  struct Position {
    bool among_ready = true;
    std::int64_t due_at = -1;
    std::string subid;
    std::int64_t id = std::numeric_limits<std::int64_t>::min();
  };

  struct Counts {
    std::int64_t ready = 0;  ///< May be sent.
    std::int64_t later = 0;  ///< Scheduled, or in backoff.
    std::int64_t behind =
        0;  ///< Behind an earlier row of the click. Below zero only while a walk is under way.
  };

  /// Told of each row with a payout, once. `currency` may be empty.
  using Weigh = std::function<void(std::string_view payout, std::string_view currency)>;

  /// Counts and weighs up to `limit` rows on from `position`; false when that was all.
  bool count(std::string_view tracker, core::WallTime now, std::size_t limit, Position& position,
             Counts& counts, const Weigh& weigh);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
