#pragma once

#include <chrono>
#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

struct ConcurrencyPolicy {
  int first = 8;  ///< To begin with.
  double stretch =
      2.0;  ///< Answers that take so many times as long as those of a tracker at ease, and `slack` …
  std::chrono::microseconds slack{2000};  ///< … more than that, are those of one that has too much to do.
  double step_down = 0.7;                 ///< After a failure, once a round.
};

/// How many requests a tracker is given at once, found out by how it answers: no more than keep it busy, as
/// whatever is more only queues up at its door.
///
/// - It works in rounds: of as many answers as are allowed in flight, and no fewer than `kFewestAnswers`.
/// - Doubles with each round whose answers come as fast as ever; once they have come slower, it grows by its
///   square root.
/// - Answers that take too long by the policy shrink it in that proportion, at most by half.
/// - A failure that may be one of too much load shrinks it at once, though only once a round.
/// - How fast a tracker answers at ease is the fastest round's mean; it is learned anew when the limit has
/// come
///   down to where none but the tracker itself can be the cause.
///
/// A round in which less was in flight than half of what is allowed says nothing of whether more would do.
class ConcurrencyLimit {
 public:
  static constexpr int kFewestAnswers = 8;
  static constexpr int kFloor = 2;  ///< It shrinks no further, or to `cap` where that is less.

  /// `cap` is the most there may be, at least 1.
  explicit ConcurrencyLimit(int cap, ConcurrencyPolicy policy = {});

  int value() const { return value_; }

  /// The mean of the last round; nullopt before the first has ended.
  std::optional<std::chrono::microseconds> usual_latency() const { return usual_latency_; }

  /// An answer came that says nothing against the load, with `in_flight` requests under way, itself included.
  void on_answer(std::chrono::microseconds latency, int in_flight);

  /// A tracker that may have too much to do: 429, 5xx, no answer.
  void on_overload();

 private:
  using Micros = std::chrono::duration<double, std::micro>;

  void end_round();
  void set(double value);
  void begin_round();

  ConcurrencyPolicy policy_;
  int cap_;
  int value_;
  bool doubling_ = true;
  std::optional<Micros> at_ease_;  ///< Mean latency of the fastest round.
  std::optional<std::chrono::microseconds> usual_latency_;

  int answers_ = 0;  ///< Of this round.
  Micros sum_{};
  int most_in_flight_ = 0;
  bool shrunk_ = false;
};

}  // namespace keitaro_outbox::core
