#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ports/ack_journal.hpp"

namespace keitaro_outbox::sqlite {

/// AckJournal in memory that outlives the process. All zero is an empty one; in the host's own byte order. A
/// receipt that was half written when the process ended, or when the power went, is none.
class AckRing {
 public:
  static constexpr std::size_t kReceipts = 4096;

  /// nullopt when it is full. From any thread.
  std::optional<ports::AckId> keep(const ports::Ack& receipt) noexcept;
  void forget(ports::AckId number) noexcept;
  void clear() noexcept;
  /// Where a receipt stands, for a copy of it elsewhere. Empty where there is no such number.
  std::span<const std::byte> bytes_of(ports::AckId number) const noexcept;

  /// What an earlier process has left, whose half-written ones are forgotten. Before anything is kept.
  std::vector<std::pair<ports::AckId, ports::Ack>> recover();

 private:
  static constexpr std::size_t kCacheLine = 64;

  /// Taken while `check` is not 0; whole when it is the right one.
  struct alignas(kCacheLine) Slot {
    std::atomic<std::uint64_t> check;
    std::int64_t row;
    std::uint64_t version;
    std::int64_t started_at;  ///< Milliseconds since the epoch.
    std::int64_t latency;     ///< Microseconds.
    std::int64_t http_status;

    std::uint64_t right_check() const noexcept;
  };

  std::atomic<std::uint64_t> next_;  ///< The slot to try next, modulo their number.
  std::array<Slot, kReceipts> slots_;
};

}  // namespace keitaro_outbox::sqlite
