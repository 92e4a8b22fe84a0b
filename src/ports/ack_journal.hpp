#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// That a tracker has taken in a row, as the sender learned it.
struct Ack {
  core::OutboxId row;
  std::uint64_t version = 0;  ///< As Request::version.
  int http_status = 0;
  core::WallTime started_at{};
  std::chrono::microseconds latency{};
};

/// Where a receipt is kept.
struct AckId {
  std::uint32_t value = 0;
};

/// AckJournal that outlive the process, however it ends, until what became of their rows is recorded: a row
/// whose answer had come is then not sent once more. Never holds the key, nor anything of an answer's body.
class AckJournal {
 public:
  virtual ~AckJournal() = default;
  /// nullopt where there is no room, or nothing that lasts. From any thread.
  virtual std::optional<AckId> keep(const Ack& receipt) noexcept = 0;
  virtual void forget(AckId number) noexcept = 0;
};

}  // namespace keitaro_outbox::ports
