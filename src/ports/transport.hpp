#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/rules/answer.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/ack_journal.hpp"

namespace keitaro_outbox::ports {

/// What requests have in common that may only be under way together up to a limit: the number of a flow.
struct FlowId {
  std::uint32_t value = 0;
};

struct Request {
  std::uint64_t ticket = 0;  ///< Given back with the completion; unique among those submitted.
  core::OutboxId row;        ///< What it is sent for: for tracing.
  FlowId flow;
  std::string url;         ///< With the key: not for logs.
  std::string sentinel;    ///< As core::read_exchange() takes it.
  core::Millis timeout{};  ///< For the whole exchange, the connection included.
  bool allow_private = false;
  std::uint64_t version = 0;  ///< Of the row as it is sent: the same for the same try of the same row only.
};

struct Completion {
  std::uint64_t ticket = 0;
  core::Exchange exchange;
  core::WallTime started_at{};
  std::chrono::microseconds latency{};  ///< From when it was begun, what it waited before apart.
  /// Where the answer is kept until it is acknowledged, so that it outlives the process; nullopt where it is
  /// known to this process alone.
  std::optional<AckId> receipt = {};
  bool replayed =
      false;  ///< The answer came to an earlier worker: it tells nothing of how the tracker does now.
};

/// Sends requests, many at a time. Used by one thread; the work may be done by others.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Takes over the requests (the vector is left empty). Does not block on the network, and fails for lack of
  /// memory only: then it throws std::bad_alloc, and what it has not taken over, or not passed on, goes with
  /// the next call. Other trouble comes as a completion.
  virtual void submit(std::vector<Request>& requests) = 0;

  /// So many requests of the flow may be under way at once, from now on; what is submitted beyond waits, in
  /// order, and is begun as others are taken in. One that fails makes room for what is submitted next, or for
  /// the next word of a limit: whoever reads of the failure decides. Without a word no limit holds. Throws
  /// std::bad_alloc.
  virtual void limit(FlowId flow, int requests) = 0;

  /// Takes back what waits of the flow: it was not begun, and has no completion. Appended in order. Throws
  /// std::bad_alloc with nothing changed.
  virtual void take_back(FlowId flow, std::vector<Request>& requests) = 0;

  /// How many requests wait, of all flows.
  virtual std::size_t waiting() const = 0;

  /// Appends what has ended since the last call. Does not block. Each request submitted, and not taken back,
  /// ends in exactly one completion. Throws std::bad_alloc with nothing lost.
  virtual void collect(std::vector<Completion>& completions) = 0;

  /// A request may well be submitted within half a millisecond: a transport may get ready for it.
  virtual void expect() noexcept {}

  /// What became of the request is recorded: its receipt is needed no more.
  virtual void acknowledge(AckId receipt) noexcept = 0;
};

}  // namespace keitaro_outbox::ports
