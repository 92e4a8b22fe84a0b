#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <limits>
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

/// Requests that may not begin yet, since as many of their flow are under way as may be: whoever ends one
/// begins the next. From any thread.
class AdmissionQueue {
 public:
  /// Moves those that may begin to `begun`, in order; the others wait. The vector is left empty; where memory
  /// runs out, which throws std::bad_alloc, with those that it has not taken.
  void enter(std::vector<ports::Request>& requests, std::vector<Submission>& begun);

  /// A request of the flow was taken in; gives the one that takes its place, if there is one.
  std::optional<Submission> replace(ports::FlowId flow) noexcept;

  /// A request of the flow has failed. What that means for those that wait is decided elsewhere.
  void leave(ports::FlowId flow) noexcept;

  /// Also moves those to `begun` that may begin now. Throws std::bad_alloc with nothing changed.
  void limit(ports::FlowId flow, int requests, std::vector<Submission>& begun);

  /// As ports::Transport::take_back().
  void take_back(ports::FlowId flow, std::vector<ports::Request>& requests);

  /// How many wait.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  struct Flow {
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    std::size_t under_way = 0;
    std::deque<ports::Request> waiting;
  };

  Flow& flow(ports::FlowId number);
  std::optional<Submission> begin_next(Flow& flow) noexcept;

  std::mutex mutex_;
  std::deque<Flow> flows_;  // by number
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace keitaro_outbox::http
