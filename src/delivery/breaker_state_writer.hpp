#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/text/time.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "ports/clock.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Tells of changes of the trackers' breakers, and of what holds their requests back: the observer at once,
/// and the table `outbox_trackers` along with the next group of outcomes, or by itself a little later.
class BreakerStateWriter {
 public:
  BreakerStateWriter(ports::OutboxStore& store, const ports::Clock& clock, ports::Observer& observer);

  /// A tracker of the configuration: the table gets a row for it, so that `pause` and others know the name.
  void introduce(const std::string& tracker);

  /// Takes over what an earlier worker left of a tracker that was down: the outage goes on.
  void take_over(TrackerQueue& queue, const ports::BreakerState& earlier);

  /// Does nothing where the queue's breaker is still in the phase `before`. `why` is kept where it opened.
  /// Without memory the table is not told.
  void note_change(const TrackerQueue& queue, core::CircuitBreaker::Phase before,
                   std::string_view why) noexcept;

  /// To be called in each turn: tells, at most once a second, what holds the requests of closed breakers
  /// back: the tracker, or what this host lacks for more (empty for nothing). Of a tracker that has had no
  /// request for a minute nothing is told.
  void note_flows(const std::deque<TrackerQueue>& queues, std::string_view host_lacks) noexcept;

  /// When what is not written yet should be, at the latest. At the start there is something: what an earlier
  /// worker wrote is to be forgotten.
  std::optional<core::SteadyTime> due_at() const { return due_at_; }

  /// In a writing transaction: writes all that is not written yet.
  void write();

  /// After its commit.
  void committed();

 private:
  void keep(const TrackerQueue& queue, std::string_view why);
  void tell_flow(const TrackerQueue& queue, std::string_view host_lacks, core::SteadyTime now);
  ports::BreakerState& state_of(const TrackerQueue& queue);
  void write_later(const TrackerQueue& queue);

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  ports::Observer& observer_;
  std::map<std::string, ports::BreakerState, std::less<>> states_;
  std::set<std::string, std::less<>> unwritten_;
  /// What was last told of a tracker's flow.
  struct Flow {
    core::SteadyTime told_at{};
    std::optional<core::FlowReason> reason;  ///< nullopt: nothing holds it back.
  };
  std::map<std::string, Flow, std::less<>> flows_;
  core::SteadyTime next_look_{};
  bool forget_earlier_ = true;
  std::optional<core::SteadyTime> due_at_;
};

}  // namespace keitaro_outbox::delivery
