#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/row.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::ports {

/// That a tracker has taken in a row, as the sender learned it.
struct Receipt {
  core::OutboxId row;
  std::uint64_t version = 0;  ///< As Request::version.
  int http_status = 0;
  core::WallTime started_at{};
  std::chrono::microseconds latency{};
};

/// Where a receipt is kept.
struct ReceiptNumber {
  std::uint32_t value = 0;
};

/// Receipts that outlive the process, however it ends, until what became of their rows is recorded: a row
/// whose answer had come is then not sent once more. Never holds the key, nor anything of an answer's body.
class Receipts {
 public:
  virtual ~Receipts() = default;
  /// nullopt where there is no room, or nothing that lasts. From any thread.
  virtual std::optional<ReceiptNumber> keep(const Receipt& receipt) noexcept = 0;
  virtual void forget(ReceiptNumber number) noexcept = 0;
};

}  // namespace keitaro_outbox::ports
