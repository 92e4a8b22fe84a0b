#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// How many requests a tracker is given at once: no more than keep it busy, for the rest would only queue up
/// at its door.
///
/// - It works in rounds of as many answers as are allowed in flight. It doubles with each round, until
/// answers
///   first come too slowly; after that it grows by its square root.
/// - Too slowly: the mean *and* the lower quartile of a round are more than twice the lowest so far, and 2
/// ms.
///   Both, as latency that varies by chance moves one of them easily, and hardly both.
/// - Then it tries half as many. If answers come faster by more than half of what a queue would make them,
/// the
///   requests stood in one, and the half stays. If they do not, the tracker, or the way to it, is slower for
///   another reason: the limit goes back up and this latency is the measure from now on.
class InFlightLimit {
 public:
  static constexpr int kFirst = 8;
  static constexpr int kFewestAnswers = 8;   ///< In a round …
  static constexpr int kEnoughAnswers = 32;  ///< … and in one that is to judge whether answers are slow.
  static constexpr int kFloor = 2;

  explicit InFlightLimit(int cap) { change_cap(cap); }

  void change_cap(int cap);  ///< At least 1.
  int value() const { return value_; }
  bool is_slower_with_more() const { return !doubling_ && value_ < cap_; }

  /// The mean of the last round; nullopt before the first has ended.
  std::optional<std::chrono::microseconds> usual_latency() const { return usual_latency_; }

  /// A request was taken in, or it got no answer in time, with `in_flight` under way, itself included.
  void on_answer(std::chrono::microseconds latency, int in_flight, SteadyTime sent_at, SteadyTime now);

  /// Learns everything again, after an outage.
  void restart(SteadyTime now);

 private:
  using Micros = std::chrono::duration<double, std::micro>;

  /// Latencies of a round: their mean, and quantiles to within a fifth.
  class Latencies {
   public:
    void add(Micros latency);
    int count() const { return count_; }
    Micros mean() const { return sum_ / count_; }
    Micros lower_quartile() const;

   private:
    std::array<std::uint32_t, 128> buckets_{};
    int count_ = 0;
    Micros sum_{};
  };

  void end_round(SteadyTime now);
  void judge_try(Micros mean, Micros quartile, double in_flight, SteadyTime now);
  void set(double value);
  void begin(SteadyTime now);

  int cap_ = 1;
  int value_ = 1;
  SteadyTime since_{};  ///< Answers to what was sent before are not counted.
  bool doubling_ = true;
  std::optional<Micros> lowest_mean_;
  std::optional<Micros> lowest_quartile_;
  std::optional<std::chrono::microseconds> usual_latency_;

  Latencies round_;
  int most_in_flight_ = 0;
  double in_flight_sum_ = 0;  ///< Over the round's answers.

  bool was_too_slow_ = false;      ///< The last round, all of it with this limit or a lower one.
  std::optional<int> before_try_;  ///< The limit, while half of it is tried.
  Micros mean_before_try_{};
  double in_flight_before_try_ = 0;  ///< The mean of that round.
};

}  // namespace keitaro_outbox::core
