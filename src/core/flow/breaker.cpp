#include "core/flow/breaker.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include "core/flow/retry_after.hpp"
#include "core/flow/retry_delay.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr int kFirstRamp = 2;
constexpr int kFailuresThatStopARamp = 2;

/// Twice as long with each pause, less up to a quarter.
Millis pause_of(int pauses, const BreakerPolicy& policy, double jitter) {
  const Millis shortest{1};
  const Millis ceiling = std::max(shortest, policy.max_pause);
  Millis pause = std::clamp(policy.first_pause, shortest, ceiling);
  for (int i = 0; i < pauses && pause < ceiling; ++i) {
    pause = pause > ceiling / 2 ? ceiling : pause * 2;
  }
  const double part = jitter >= 0 && jitter < 1 ? 1 - jitter / 4 : 1;
  return std::max(shortest, Millis{static_cast<Millis::rep>(static_cast<double>(pause.count()) * part)});
}

}  // namespace

int Breaker::permits(SteadyTime now, int cap) {
  cap = std::max(cap, 0);
  if (phase_ == Phase::open && now >= probe_at_) phase_ = Phase::probing;
  switch (phase_) {
    case Phase::closed:
      return cap;
    case Phase::open:
      return 0;
    case Phase::probing:
      return std::min(cap, 1);
    case Phase::ramping:
      return std::min(cap, ramp_);
  }
  return 0;
}

void Breaker::on_success(int cap) {
  // A late success shows that the tracker lives, but not that it takes back its request to wait.
  if (phase_ == Phase::open && asked_to_wait_) return;
  forget_failures();
  if (phase_ == Phase::closed) return;
  ramp_up(cap);
}

void Breaker::ramp_up(int cap) {
  if (phase_ != Phase::ramping) {
    phase_ = Phase::ramping;
    ramp_ = kFirstRamp;
    ramp_successes_ = 0;
  } else if (++ramp_successes_ >= ramp_) {
    ramp_ = ramp_ > std::numeric_limits<int>::max() / 2 ? std::numeric_limits<int>::max() : ramp_ * 2;
    ramp_successes_ = 0;
  }
  if (ramp_ < cap) return;
  phase_ = Phase::closed;
  pauses_ = 0;
  last_failed_.reset();
}

void Breaker::on_failure(OutboxId row, int in_flight, SteadyTime now, std::optional<Millis> retry_after,
                         double jitter, bool speaks_of_the_row) {
  if (phase_ == Phase::open) return;
  // First, as it needs memory.
  if (static_cast<int>(failed_rows_.size()) < policy_.distinct_rows) failed_rows_.insert(row);
  last_failed_ = row;
  if (failures_in_a_row_ < std::numeric_limits<int>::max()) ++failures_in_a_row_;
  if (!speaks_of_the_row && own_failures_in_a_row_ < kFailuresThatStopARamp) ++own_failures_in_a_row_;
  if (is_down(in_flight)) open(now, retry_after, jitter);
}

bool Breaker::is_down(int in_flight) const {
  if (phase_ == Phase::probing) return true;
  if (phase_ == Phase::ramping && own_failures_in_a_row_ >= kFailuresThatStopARamp) return true;
  const bool of_many_rows = static_cast<int>(failed_rows_.size()) >= policy_.distinct_rows;
  return (of_many_rows && failures_in_a_row_ >= std::max(policy_.failures, in_flight)) ||
         failures_in_a_row_ >= std::max(policy_.failures_of_any, in_flight);
}

void Breaker::open(SteadyTime now, std::optional<Millis> retry_after, double jitter) {
  const Millis own = pause_of(pauses_, policy_, jitter);
  const Millis asked = std::clamp(retry_after.value_or(Millis{0}), Millis{0}, kLongestRetryAfter);
  if (pauses_ < std::numeric_limits<int>::max()) ++pauses_;
  phase_ = Phase::open;
  probe_at_ = now + std::max(own, asked);
  asked_to_wait_ = asked > own;
  forget_failures();
}

void Breaker::forget_failures() {
  failures_in_a_row_ = 0;
  own_failures_in_a_row_ = 0;
  failed_rows_.clear();
}

std::optional<SteadyTime> Breaker::probe_at() const {
  if (phase_ != Phase::open) return std::nullopt;
  return probe_at_;
}

std::string_view name_of(Breaker::Phase phase) {
  constexpr std::array<std::string_view, 4> kNames{"closed", "open", "probing", "ramping"};
  return kNames.at(static_cast<std::size_t>(phase));
}

}  // namespace keitaro_outbox::core
