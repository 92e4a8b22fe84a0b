#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "delivery/breaker_state_writer.hpp"
#include "delivery/foreign_commits.hpp"
#include "delivery/loader.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// A row whose request was handed over to the transport.
struct Flight {
  TrackerQueue* queue = nullptr;
  PlannedRow planned;
  /// The tracker's settings when the request was sent, where they have changed since.
  std::shared_ptr<const TrackerSpec> sent_under = {};
};

/// Hands planned rows over to the transport, as many as their tracker may get. All that is said to the
/// transport is said here.
class Dispatcher {
 public:
  Dispatcher(ports::Transport& transport, const ports::Clock& clock, ports::Random& random, Loader& loader,
             const ForeignCommits& commits, BreakerStateWriter& breaker_states,
             std::deque<TrackerQueue>& queues)
      : transport_(transport),
        clock_(clock),
        random_(random),
        loader_(loader),
        commits_(commits),
        breaker_states_(breaker_states),
        queues_(queues) {}

  /// Shares what may be in flight evenly among the trackers that are busy, so that one that hangs takes none
  /// from others.
  void rebalance();
  /// Tells the transport how many requests of each tracker it may have under way.
  void push_limits();

  /// How many of the tracker's planned rows may be sent now.
  int sendable(TrackerQueue& queue);
  /// How many of the tracker's requests may be in flight now.
  int permits(TrackerQueue& queue);

  /// Sends what may be sent. Stale rows are read again, which takes a transaction: where none is `store_open`
  /// it stops at the first of them.
  void dispatch(TrackerQueue& queue, bool store_open);
  /// Passes on what was dispatched.
  void submit() { transport_.submit(to_submit_); }
  /// A request may be submitted soon.
  void expect() noexcept { transport_.expect(); }

  /// Calls `settle` once for each answer that has come. Where it throws, that answer and those behind it are
  /// there for the next call.
  void collect(const std::function<void(Flight&, const ports::Completion&)>& settle);
  void acknowledge(ports::AckId ack) noexcept { transport_.acknowledge(ack); }

  /// What the transport has not begun is planned again, before all rows that came after it. Where memory runs
  /// out the next call goes on.
  void take_back(TrackerQueue& queue);
  void take_back_all();
  /// The same; where memory runs out it is left to the next turn.
  void try_take_back_all() noexcept;

  /// Requests in flight end under the settings that they were sent with.
  void keep_settings(const TrackerQueue& queue);

  int in_flight() const { return static_cast<int>(flights_.size()); }
  /// Those that wait at the transport apart.
  int begun() const { return in_flight() - static_cast<int>(transport_.waiting()); }

 private:
  int prefetch(const TrackerQueue& queue) const;
  std::size_t next_row(TrackerQueue& queue);
  void send(TrackerQueue& queue, std::size_t at);
  void plan_taken_back();

  ports::Transport& transport_;
  const ports::Clock& clock_;
  ports::Random& random_;
  Loader& loader_;
  const ForeignCommits& commits_;
  BreakerStateWriter& breaker_states_;
  std::deque<TrackerQueue>& queues_;

  std::unordered_map<std::uint64_t, Flight> flights_;  ///< By ticket.
  std::uint64_t next_ticket_ = 1;
  std::vector<ports::Request> to_submit_;
  std::vector<ports::Request> taken_back_;  ///< From the transport, and not yet among the planned rows.
  std::vector<ports::Completion> completions_;
  std::size_t settled_ = 0;  ///< Of `completions_`.
};

}  // namespace keitaro_outbox::delivery
