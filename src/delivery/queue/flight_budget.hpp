#pragma once

#include <algorithm>
#include <optional>

namespace keitaro_outbox::delivery {

/// How many requests of one tracker may be handed over, and how many of its outcomes may wait for a commit.
///
/// - A crash of the process repeats the requests that were begun, and the answers that are neither committed
///   nor kept in the AckJournal. Nothing is sent that would make this more than twice `max_in_flight`: as
///   many can then be sent as are being committed.
/// - A power cut repeats all that is in flight or not committed. That is bounded too, at twice as much, or
///   more where commits take long.
/// - Where commits are round trips, more are made of one: both bounds are then higher by as many rows as a
///   commit should have.
class FlightBudget {
 public:
  explicit FlightBudget(int max_in_flight) : max_in_flight_(max_in_flight) {}

  int max_in_flight() const { return max_in_flight_; }
  void set_max_in_flight(int requests) { max_in_flight_ = requests; }

  /// How many outcomes are best committed at a time, where a commit is a round trip; else 0.
  void set_commit_span(int outcomes) { commit_span_ = outcomes; }

  /// How many groups of outcomes can be sent for while one is being committed, at least 1.
  void set_commits_overlap(int groups) { commits_overlap_ = groups; }

  /// The permits of the gate that the transport was told last. nullopt: of none yet, so nothing waits there.
  std::optional<int> gate_permits() const { return gate_permits_; }
  void on_gate_told(int permits) {
    gate_permits_ = permits;
    count_begun();
  }

  /// Handed over to the transport, and not answered.
  int in_flight() const { return in_flight_; }
  /// Of these, how many the transport may have begun, at most.
  int begun() const { return begun_; }
  bool at_rest() const { return in_flight_ == 0 && uncommitted_ == 0; }

  void on_sent() {
    ++in_flight_;
    count_begun();
  }
  /// The transport gave it back without having begun it.
  void on_not_started() {
    --in_flight_;
    count_begun();
  }
  /// It was begun, and has ended.
  void on_ended() {
    --in_flight_;
    --begun_;
    count_begun();
  }
  /// `has_ack`: the AckJournal keeps the answer of a request that was taken in.
  void on_taken_in(bool has_ack) { answers_have_acks_ = has_ack; }

  /// `repeatable`: a crash before the commit repeats the row's request.
  void on_outcome(bool repeatable) {
    ++uncommitted_;
    if (repeatable) ++repeatable_;
  }
  void on_committed(bool repeatable) {
    --uncommitted_;
    if (repeatable) --repeatable_;
  }

  /// What a crash of the process would repeat now. The transport begins requests that wait by itself; where
  /// answers are kept in the AckJournal those do not count, as no more are begun than were before.
  int repeated() const { return (answers_have_acks_ ? begun_ : in_flight_) + repeatable_; }

  /// How many more may be sent before an outcome must be committed.
  int room() const {
    const int until_crash_limit = max_in_flight_ * 2 + commit_span_ - repeated();
    return std::max(std::min(until_crash_limit, uncommitted_limit() - uncommitted_ - in_flight_), 0);
  }

  /// Of outcomes and requests together.
  int uncommitted_limit() const { return max_in_flight_ * 4 * commits_overlap_ + commit_span_; }
  /// The disk is behind: no more outcomes should be made.
  bool commits_are_behind() const { return uncommitted_ >= uncommitted_limit(); }

 private:
  /// The transport begins as many as the gate lets through without telling us. Those that were begun under a
  /// wider gate are still under way.
  void count_begun() { begun_ = std::min(std::max(begun_, gate_permits_.value_or(in_flight_)), in_flight_); }

  int max_in_flight_;
  int commits_overlap_ = 1;
  int commit_span_ = 0;
  std::optional<int> gate_permits_;
  int in_flight_ = 0;
  int begun_ = 0;                   ///< Of those.
  int uncommitted_ = 0;             ///< Outcomes.
  int repeatable_ = 0;              ///< Of those.
  bool answers_have_acks_ = false;  ///< As far as the last one that was taken in tells.
};

}  // namespace keitaro_outbox::delivery
