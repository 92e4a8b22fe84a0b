#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "core/text/time.hpp"
#include "ports/read_back_store.hpp"

namespace keitaro_outbox::sqlite {

/// Verdicts on their way from the threads that read back to the one that delivers. It writes some of them
/// with each group of outcomes. A commit of another connection would cost delivery far more: the lock, a
/// sync, and a second look at all rows that it has loaded.
class VerdictInbox {
 public:
  /// What delivery writes with one group.
  struct Part {
    std::string_view tracker;
    std::span<const ports::ConcludedConversion> concluded;
    core::WallTime now;
  };
  struct Taken {
    std::size_t written = 0;   ///< How many of the first.
    std::int64_t changed = 0;  ///< Of these; the others had changed meanwhile.
  };

  /// Waits until delivery has written all of them, or has taken none for `patience`: the rest is the caller's
  /// to write.
  Taken offer(std::string_view tracker, std::span<const ports::ConcludedConversion> concluded,
              core::WallTime now, core::Millis patience);

  // By the thread that delivers.
  /// At most `limit`; they are valid until one of the other two is called. nullopt where none wait. Throws
  /// nothing.
  std::optional<Part> take(std::size_t limit) noexcept;
  /// What was taken is committed.
  void written(std::int64_t changed) noexcept;
  /// What was taken is not written. May be called where nothing was.
  void give_back() noexcept;

 private:
  struct Offer {
    Part left;
    Taken taken = {};
    std::size_t in_hand = 0;
  };

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Offer*> offers_;  ///< On the stacks of those who wait; the first one is in hand.
};

}  // namespace keitaro_outbox::sqlite
