#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/flow/host_limit.hpp"
#include "delivery/backoff.hpp"
#include "delivery/breaker_state_writer.hpp"
#include "delivery/foreign_commits.hpp"
#include "delivery/loader.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "ports/clock.hpp"
#include "ports/observer.hpp"
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
  Dispatcher(ports::Transport& transport, const ports::Clock& clock, ports::Random& random,
             ports::Observer& observer, Loader& loader, const ForeignCommits& commits,
             const Backoff& store_backoff, BreakerStateWriter& breaker_states,
             std::deque<TrackerQueue>& queues)
      : transport_(transport),
        clock_(clock),
        random_(random),
        observer_(observer),
        loader_(loader),
        commits_(commits),
        store_backoff_(store_backoff),
        breaker_states_(breaker_states),
        queues_(queues),
        own_trouble_(clock) {}

  /// As Cycle::set_may_send().
  void set_may_send(std::function<bool()> may_send) { may_send_ = std::move(may_send); }

  /// Shares what may be in flight evenly among the trackers that are busy, so that one that hangs takes none
  /// from others.
  void rebalance();
  /// Tells the transport what it may begin of each tracker: as many as the tracker bears, or its share; none
  /// while nothing may be sent.
  void set_gates();

  /// How many of the tracker's planned rows may be sent now.
  int sendable(TrackerQueue& queue);
  /// How many of the tracker's requests may be in flight now.
  int permits(TrackerQueue& queue);

  /// Sends what may be sent. Stale rows are read again, which takes a transaction: where none is `store_open`
  /// it stops at the first of them.
  void dispatch(TrackerQueue& queue, bool store_open);
  /// Passes on what was dispatched. No request comes before its gate. Without leave to send all stays here.
  void submit();
  /// A request may be submitted soon.
  void expect() noexcept { transport_.expect(); }

  /// Calls `settle` once for each answer that has come, and plans again what was not begun. Where it throws,
  /// that answer and those behind it are there for the next call.
  void collect(const std::function<void(Flight&, const ports::Completion&)>& settle);
  void acknowledge(ports::AckId ack) noexcept { transport_.acknowledge(ack); }

  /// Sends nothing more, and calls back what was not begun.
  void stop() noexcept;
  /// What the transport has not begun comes back with the next collect().
  void recall_all() noexcept;
  /// As set_gates(); where memory runs out the next turn does it.
  void try_set_gates() noexcept;

  /// Requests in flight end under the settings that they were sent with.
  void keep_settings(const TrackerQueue& queue);

  int in_flight() const { return static_cast<int>(flights_.size()); }
  /// That of the next request. Tickets only ever grow.
  std::uint64_t next_ticket() const { return next_ticket_; }
  /// Whether a request with an earlier ticket has not ended yet.
  bool has_flight_before(std::uint64_t ticket) const {
    return std::ranges::any_of(flights_, [&](const auto& flight) { return flight.first < ticket; });
  }
  /// Of those, how many the transport may have begun, at most.
  int begun() const;

  /// What this host lacks for more requests in flight; empty where it bears all that are wanted.
  std::string_view host_lacks() const {
    return host_limit_.limits() ? std::string_view(host_lacks_) : std::string_view();
  }

  /// When requests may be sent again after trouble of this host; nullopt when they may be now.
  std::optional<core::SteadyTime> paused_until() const {
    return own_trouble_.pausing() ? own_trouble_.retry_at() : std::nullopt;
  }

 private:
  int prefetch(const TrackerQueue& queue) const;
  std::size_t next_row(TrackerQueue& queue);
  void send(TrackerQueue& queue, std::size_t at);
  bool shut() const { return stopped_ || store_backoff_.failing() || own_trouble_.pausing(); }
  void put_back_not_started();
  void put_back(Flight& flight, ports::Completion& completion);
  void on_own_trouble(std::string_view what);

  ports::Transport& transport_;
  const ports::Clock& clock_;
  ports::Random& random_;
  ports::Observer& observer_;
  Loader& loader_;
  const ForeignCommits& commits_;
  const Backoff& store_backoff_;
  BreakerStateWriter& breaker_states_;
  std::deque<TrackerQueue>& queues_;
  std::function<bool()> may_send_;

  Backoff own_trouble_;  ///< Lack of descriptors, addresses or memory on this host.
  core::HostLimit host_limit_;
  std::string host_lacks_;  ///< What limits it.
  bool stopped_ = false;
  std::unordered_map<std::uint64_t, Flight> flights_;  ///< By ticket.
  std::uint64_t next_ticket_ = 1;
  std::vector<ports::Request> to_submit_;
  std::vector<ports::Completion> completions_;
  std::size_t settled_ = 0;  ///< Of `completions_`.
};

}  // namespace keitaro_outbox::delivery
