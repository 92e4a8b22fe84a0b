#include "core/flow/in_flight_limit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keitaro_outbox::core {
namespace {

constexpr double kStretch = 2;
constexpr std::chrono::microseconds kSlack{2'000};
constexpr double kBucketsPerDouble = 4;

}  // namespace

void InFlightLimit::Latencies::add(Micros latency) {
  ++count_;
  sum_ += latency;
  const double bucket = kBucketsPerDouble * std::log2(std::max(latency.count(), 1.0));
  ++buckets_[std::min(static_cast<std::size_t>(bucket), buckets_.size() - 1)];
}

InFlightLimit::Micros InFlightLimit::Latencies::lower_quartile() const {
  std::uint32_t below = 0;
  std::size_t bucket = 0;
  for (; bucket < buckets_.size(); ++bucket) {
    below += buckets_[bucket];
    if (4 * below >= static_cast<std::uint32_t>(count_)) break;
  }
  return Micros{std::exp2(static_cast<double>(bucket) / kBucketsPerDouble)};
}

void InFlightLimit::change_cap(int cap) {
  cap_ = std::max(cap, 1);
  value_ = doubling_ && !lowest_mean_ ? std::min(kFirst, cap_) : std::min(value_, cap_);
}

void InFlightLimit::on_answer(std::chrono::microseconds latency, int in_flight, SteadyTime sent_at,
                              SteadyTime now) {
  if (sent_at < since_) return;
  round_.add(latency);
  most_in_flight_ = std::max(most_in_flight_, in_flight);
  in_flight_sum_ += in_flight;
  const int fewest = doubling_ ? kFewestAnswers : kEnoughAnswers;
  if (round_.count() >= std::max(value_, fewest)) end_round(now);
}

void InFlightLimit::end_round(SteadyTime now) {
  const Micros mean = round_.mean();
  const Micros quartile = round_.lower_quartile();
  usual_latency_ = std::chrono::round<std::chrono::microseconds>(mean);
  const bool was_full = 2 * most_in_flight_ >= value_;
  const double in_flight = in_flight_sum_ / round_.count();
  round_ = {};
  most_in_flight_ = 0;
  in_flight_sum_ = 0;
  if (before_try_) return judge_try(mean, quartile, in_flight, now);

  lowest_mean_ = std::min(lowest_mean_.value_or(mean), mean);
  lowest_quartile_ = std::min(lowest_quartile_.value_or(quartile), quartile);
  const bool too_slow =
      mean > *lowest_mean_ * kStretch + kSlack && quartile > *lowest_quartile_ * kStretch + kSlack;
  if (too_slow) {
    doubling_ = false;
    if (value_ <= kFloor) {
      lowest_mean_ = mean;
      lowest_quartile_ = quartile;
      return;
    }
    // The round had requests of a lower limit in it, if that grew: a whole one of this limit is to be
    // compared with.
    if (std::exchange(was_too_slow_, true)) {
      was_too_slow_ = false;
      before_try_ = value_;
      mean_before_try_ = mean;
      in_flight_before_try_ = in_flight;
      set(value_ / 2.0);
    }
    begin(now);
    return;
  }
  was_too_slow_ = false;
  if (was_full && value_ < cap_) {
    set(doubling_ ? value_ * 2.0 : value_ + std::sqrt(value_));
  }
}

void InFlightLimit::judge_try(Micros mean, Micros quartile, double in_flight, SteadyTime now) {
  const int before = *before_try_;
  before_try_.reset();
  // In a queue the latency goes with what is in flight; otherwise it does not change.
  const double in_a_queue = std::min(in_flight / std::max(in_flight_before_try_, 1.0), 1.0);
  if (mean <= mean_before_try_ * ((1 + in_a_queue) / 2)) return;
  lowest_mean_ = mean;
  lowest_quartile_ = quartile;
  set(before);
  begin(now);
}

void InFlightLimit::restart(SteadyTime now) {
  doubling_ = true;
  lowest_mean_.reset();
  lowest_quartile_.reset();
  before_try_.reset();
  was_too_slow_ = false;
  set(kFirst);
  begin(now);
}

void InFlightLimit::set(double value) {
  value_ = static_cast<int>(
      std::clamp(value, static_cast<double>(std::min(kFloor, cap_)), static_cast<double>(cap_)));
}

/// Answers to what was sent before are of another limit.
void InFlightLimit::begin(SteadyTime now) {
  since_ = now;
  round_ = {};
  most_in_flight_ = 0;
  in_flight_sum_ = 0;
}

}  // namespace keitaro_outbox::core
