#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/rules/answer.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/ack_journal.hpp"

namespace keitaro_outbox::ports {

/// The requests that share one gate: those of one tracker.
struct FlowId {
  std::uint32_t value = 0;
};

/// What delivery allows the requests of one flow. A waiting request is begun, in order, as soon as
/// `under way < permits`, its generation is the gate's, and the gate does not stop at a failure. Where one
/// ends in core::OwnTrouble none takes its place, as that one would end the same way.
struct Gate {
  static constexpr int kUnlimited = std::numeric_limits<int>::max();

  int permits = kUnlimited;  ///< Requests that may be under way at once; 0 or less shuts the gate.
  /// Only ever grows. Requests of an earlier one that were not begun come back as not started.
  std::uint64_t generation = 0;
  /// Whether nothing more is begun while a failure was not read: `failures_read` is then the number of
  /// completions that were collected with Completion::failed. False where failures are usual.
  bool stops_at_failure = false;
  std::uint64_t failures_read = 0;

  friend bool operator==(const Gate&, const Gate&) = default;
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
  std::uint64_t generation = 0;  ///< Of the gate; never later than the one that was last set.
};

struct Completion {
  std::uint64_t ticket = 0;
  core::Exchange exchange;
  core::WallTime started_at{};
  std::chrono::microseconds latency{};  ///< From when it was begun: the time that it waited is not counted.
  /// Where the answer is kept until it is acknowledged, so that it outlives the process; nullopt where it is
  /// known to this process alone.
  std::optional<AckId> receipt = {};
  /// The answer came to an earlier worker: it tells nothing of how the tracker does now.
  bool replayed = false;
  /// The request was begun and not taken in: counts in Gate::failures_read.
  bool failed = false;
  /// No attempt and no failure: the request was not begun, or `exchange` is core::OwnTrouble. `url` is the
  /// request's, so that it can be submitted again.
  bool not_started = false;
  std::string url = {};
};

/// Sends requests, many at a time. Used by one thread; the work may be done by others.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Takes over the requests (the vector is left empty). Those that their flow's gate does not let through
  /// wait, and are begun without another call. Does not block on the network, and fails for lack of memory
  /// only: then it throws std::bad_alloc, and what it has not taken over, or not passed on, goes with the
  /// next call. Other trouble comes as a completion.
  virtual void submit(std::vector<Request>& requests) = 0;

  /// Replaces the flow's gate; without one everything is let through. What waits of an earlier generation is
  /// there to be collected when this returns. Throws std::bad_alloc; the next call does what is left undone.
  virtual void set_gate(FlowId flow, const Gate& gate) = 0;

  /// Appends what has ended since the last call; of those not started, the requests of one flow in the order
  /// in which they were submitted. Does not block. Each request submitted ends in exactly one completion.
  /// Throws std::bad_alloc with nothing lost.
  virtual void collect(std::vector<Completion>& completions) = 0;

  /// A request may well be submitted within half a millisecond: a transport may get ready for it.
  virtual void expect() noexcept {}

  /// What became of the request is recorded: its receipt is needed no more.
  virtual void acknowledge(AckId receipt) noexcept = 0;
};

}  // namespace keitaro_outbox::ports
