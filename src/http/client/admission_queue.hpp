#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "core/text/time.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::http {

/// A request that is begun, with the time from which its deadline counts.
struct Submission {
  ports::Request request;
  core::SteadyTime submitted{};
  core::WallTime started_at{};
};

/// The gates of all flows, and the requests that wait at them. From any thread.
///
/// Per flow: requests begin in the order in which they came; none begins while `under way >= permits`, or
/// while the gate stops at a failure and one was not read; none begins whose generation has passed.
class AdmissionQueue {
 public:
  /// Moves those that may begin to `begun`, in order; the others wait. The vector is left empty; where memory
  /// runs out, which throws std::bad_alloc, with those that it has not taken.
  void enter(std::vector<ports::Request>& requests, std::vector<Submission>& begun);

  /// A request of the flow has ended; gives the one that takes its place, if there is one.
  std::optional<Submission> end(ports::FlowId flow, bool failed) noexcept;

  /// One has ended in core::OwnTrouble: that is no failure, and none takes its place.
  void end_in_own_trouble(ports::FlowId flow) noexcept;

  /// As ports::Transport::set_gate(). Moves those to `begun` that may begin now.
  void set_gate(ports::FlowId flow, const ports::Gate& gate, std::vector<Submission>& begun);

  /// Appends those that were not started, in order. Throws std::bad_alloc with nothing changed.
  void collect_not_started(std::vector<ports::Completion>& completions);
  bool has_not_started() const { return not_started_.load(std::memory_order_relaxed) > 0; }

  /// How many wait, of all flows.
  std::size_t waiting() const;

 private:
  struct Flow {
    ports::Gate gate;
    int under_way = 0;
    std::uint64_t failures = 0;
    std::deque<ports::Request> waiting;  // of the gate's generation

    bool is_open() const;
  };

  Flow& flow(ports::FlowId number);
  std::optional<Submission> begin_next(Flow& flow) noexcept;
  void return_not_started(ports::Request& request);

  mutable std::mutex mutex_;
  std::deque<Flow> flows_;               // by number
  std::deque<ports::Request> returned_;  // their generation has passed
  std::atomic<std::size_t> not_started_ = 0;
};

}  // namespace keitaro_outbox::http
