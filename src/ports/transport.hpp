#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/answer.hpp"
#include "core/row.hpp"
#include "core/time.hpp"

namespace keitaro_outbox::ports {

struct Request {
  std::uint64_t ticket = 0;  ///< Given back with the completion; unique among those in flight.
  core::OutboxId row;        ///< What it is sent for: for tracing.
  std::string url;           ///< With the key: not for logs.
  core::Millis timeout{};    ///< For the whole exchange, the connection included.
  bool allow_private = false;
};

struct Completion {
  std::uint64_t ticket = 0;
  core::Exchange exchange;
  core::WallTime started_at{};
  std::chrono::microseconds latency{};
};

/// Sends requests, many at a time. Used by one thread; the work may be done by others.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Takes over the requests (the vector is left empty). Does not block on the network, and fails for lack of
  /// memory only: then it throws std::bad_alloc, and what it has not taken over, or not passed on, goes with
  /// the next call. Other trouble comes as a completion.
  virtual void submit(std::vector<Request>& requests) = 0;

  /// Appends what has ended since the last call. Does not block. Each request submitted ends in exactly one
  /// completion. Throws std::bad_alloc with nothing lost.
  virtual void collect(std::vector<Completion>& completions) = 0;
};

}  // namespace keitaro_outbox::ports
