#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/breaker_state_writer.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "delivery/tracker_snapshot.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/observer.hpp"

namespace keitaro_outbox::delivery {

/// Which trackers there are, and which of them are paused.
class Trackers {
 public:
  Trackers(std::deque<TrackerQueue>& queues, Dispatcher& dispatcher, BreakerStateWriter& breaker_states,
           ports::Observer& observer, int commit_span)
      : queues_(queues),
        dispatcher_(dispatcher),
        breaker_states_(breaker_states),
        observer_(observer),
        commit_span_(commit_span) {}

  void add(TrackerSpec spec);
  /// As Cycle::reconfigure().
  void reconfigure(std::vector<TrackerSpec> specs);
  /// Those that were down when an earlier worker ended. Before anything is sent.
  void take_over(std::span<const ports::BreakerState> open_breakers);
  /// `paused`: names in alphabetical order.
  void obey_pauses(std::span<const std::string> paused);

  bool is_configured(std::string_view name) const;
  std::vector<std::string> names() const;  ///< Of those that are configured.
  /// Of those that are configured, and those that are gone and still have something in flight.
  std::vector<TrackerSnapshot> snapshots() const;

 private:
  void change(TrackerQueue& queue, TrackerSpec spec);

  std::deque<TrackerQueue>& queues_;
  Dispatcher& dispatcher_;
  BreakerStateWriter& breaker_states_;
  ports::Observer& observer_;
  const int commit_span_;  ///< Of FlightBudget.
};

}  // namespace keitaro_outbox::delivery
