#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::web {

/// What a tracker answered last.
struct LastAnswer {
  core::WallTime at{};
  std::string words;  ///< `HTTP 200 "OK"`, `no answer`.
  bool taken_in = false;
};

/// What happened in five minutes.
struct HistoryPoint {
  core::WallTime from{};
  std::int64_t delivered = 0;
  std::int64_t failed = 0;              ///< Tries.
  std::optional<std::int64_t> waiting;  ///< As of the last look within that time.
};

/// The last 24 hours, counted in memory: as they happen, or read from the store where they happened before.
/// From any thread.
class DayHistory {
 public:
  static constexpr std::size_t kPoints = 288;
  static constexpr core::Millis kPoint = std::chrono::minutes{5};

  void add_delivered(core::WallTime at, std::int64_t rows = 1);
  void add_failed(core::WallTime at);
  void note_waiting(core::WallTime at, std::int64_t rows);
  void note_answer(std::string_view tracker, LastAnswer answer);

  /// What the store remembers of the time before `before`. Replaces what was read so before; what was counted
  /// as it happened stays.
  void read(const ports::RecentPast& past, core::WallTime before);

  struct Day {
    std::vector<HistoryPoint> points;  ///< kPoints of them, the oldest first, the last one with `now`.
    bool whole = true;                 ///< false: more happened than was read from the store.
  };
  Day day(core::WallTime now) const;

  std::map<std::string, LastAnswer> last_answers() const;
  /// Delivered in a second, over the last whole minute or so; nullopt where that was not counted.
  std::optional<double> rate(core::WallTime now) const;

 private:
  struct Bucket {
    std::int64_t number = -1;  ///< Of its five minutes since the epoch.
    std::int64_t delivered = 0;
    std::int64_t failed = 0;
    std::optional<std::int64_t> waiting = {};
    std::int64_t read_delivered = 0;
    std::int64_t read_failed = 0;
  };
  Bucket& bucket(core::WallTime at);

  mutable std::mutex mutex_;
  std::array<Bucket, kPoints> buckets_;
  std::map<std::string, LastAnswer, std::less<>> answers_;
  bool whole_ = true;
  /// Delivered in each of the last seconds.
  std::array<std::pair<std::int64_t, std::int64_t>, 64> seconds_{};
  std::optional<core::WallTime> counted_since_;
};

}  // namespace keitaro_outbox::web
