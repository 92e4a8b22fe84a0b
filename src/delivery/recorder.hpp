#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "delivery/breaker_state_writer.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/group_commit_policy.hpp"
#include "delivery/loader.hpp"
#include "delivery/row_outcome.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Writes outcomes, many in one transaction.
class Recorder {
 public:
  Recorder(ports::OutboxStore& store, const ports::Clock& clock, ports::Observer& observer, Loader& loader,
           Dispatcher& dispatcher, OutcomeBuffer& outcomes, BreakerStateWriter& breaker_states,
           std::deque<TrackerQueue>& queues, const ports::InProgressSlot& in_progress)
      : store_(store),
        clock_(clock),
        observer_(observer),
        loader_(loader),
        dispatcher_(dispatcher),
        outcomes_(outcomes),
        breaker_states_(breaker_states),
        queues_(queues),
        in_progress_(in_progress),
        policy_(clock, store.holds_up_others()) {}

  /// When outcomes are to be committed, in the past for at once; nullopt where there are none.
  std::optional<core::SteadyTime> due_at() const;
  /// Whether that is now.
  bool due() const {
    const auto at = due_at();
    return at && clock_.steady() >= *at;
  }

  /// One transaction: blocks rows that were loaded and must wait, and writes a group of outcomes and the
  /// states of breakers. Afterwards frees the rows' clicks and tells the observer.
  void record();

  /// The same of the states of breakers alone.
  void record_breaker_states();

  GroupCommitPolicy& policy() { return policy_; }
  const GroupCommitPolicy& policy() const { return policy_; }

 private:
  void write(std::span<const RowOutcome> group);
  void committed(std::span<const RowOutcome> group);
  void tell(const RowOutcome& outcome, const ports::OutcomeRecord& record);

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  ports::Observer& observer_;
  Loader& loader_;
  Dispatcher& dispatcher_;
  OutcomeBuffer& outcomes_;
  BreakerStateWriter& breaker_states_;
  std::deque<TrackerQueue>& queues_;
  const ports::InProgressSlot& in_progress_;
  GroupCommitPolicy policy_;
  std::vector<ports::OutcomeRecord> records_;  ///< Of the last group, one for each outcome.
};

}  // namespace keitaro_outbox::delivery
