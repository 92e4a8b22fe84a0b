#include "core/flow/circuit_breaker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/flow/retry_after.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr int kFirstRamp = 2;
constexpr double kChanceOfProbes = 0.2;
constexpr int kMostProbes = 15;
constexpr double kChanceOfAStreak = 1e-7;

// From here on the failures of several rows, or of any, are no longer held against a row.
constexpr int kStreakOfSeveralRows = 6;
constexpr int kStreakOfAny = 8;
constexpr double kSeldom = 1e-3;
constexpr Millis kSlow{50};
constexpr Millis kLongestRamp{10'000};

/// Twice as long with each pause, less up to a quarter.
Millis pause_of(int pauses, const CircuitBreakerPolicy& policy, double jitter) {
  const Millis shortest{1};
  const Millis ceiling = std::max(shortest, policy.max_pause);
  Millis pause = std::clamp(policy.first_pause, shortest, ceiling);
  for (int i = 0; i < pauses && pause < ceiling; ++i) pause = pause > ceiling / 2 ? ceiling : pause * 2;
  const double part = jitter >= 0 && jitter < 1 ? 1 - jitter / 4 : 1;
  return std::max(shortest, Millis{static_cast<Millis::rep>(static_cast<double>(pause.count()) * part)});
}

/// As many probes as fail by chance where `share` of requests is taken in.
int probes_that_tell(double share) {
  if (share >= 1) return 1;
  if (share <= 0) return kMostProbes;
  return static_cast<int>(std::clamp<double>(std::log(kChanceOfProbes) / std::log1p(-share), 1, kMostProbes));
}

/// As many failures one after another as chance hardly ever gives, where `share` of requests is taken in.
int too_long_a_streak(double share) {
  if (share >= 1) return CircuitBreaker::kShortestStreak;
  if (share <= 0) return CircuitBreaker::kLongestStreak;
  const double streak = std::log(kChanceOfAStreak) / std::log1p(-share);
  return static_cast<int>(
      std::clamp<double>(streak, CircuitBreaker::kShortestStreak, CircuitBreaker::kLongestStreak));
}

}  // namespace

int CircuitBreaker::max_in_flight(SteadyTime now, int cap, bool untried, int in_flight) {
  cap = std::max(cap, 0);
  if (phase_ == Phase::open && (now >= probe_at_ || (untried && !asked_to_wait_ && !of_several_rows()))) {
    phase_ = Phase::probing;
    probes_ = 0;
    probe_at_ = now;
  }
  switch (phase_) {
    case Phase::closed:
      return doubt_since_ ? std::min(cap, std::max(tries_ - failed_, 0)) : cap;
    case Phase::open:
      return 0;
    case Phase::probing:
      // One; and another beside it, where it has got no answer for as long as the longest pause.
      if (in_flight == 0) probes_ = 0;
      if (in_flight == 0 || (now >= probe_at_ && in_flight >= probes_)) {
        ++probes_;
        probe_at_ = now + std::max(policy_.max_pause, Millis{1});
      }
      return std::min(cap, probes_);
    case Phase::ramping:
      return std::min(cap, ramp_);
  }
  return 0;
}

void CircuitBreaker::begin_open(SteadyTime now) {
  phase_ = Phase::open;
  opened_at_ = probe_at_ = now;
}

void CircuitBreaker::on_success(SteadyTime sent_at, SteadyTime now, int cap) {
  if (phase_ == Phase::open) {
    // Late, of a request that was sent before: it shows that the tracker lives.
    if (!asked_to_wait_) probe_at_ = std::min(probe_at_, now);
    return;
  }
  end_streak();
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::probing) {
    if (sent_at < opened_at_) return;
    phase_ = Phase::ramping;
    ramp_ = kFirstRamp + probes_ - 1;  // Probes that hang must not hold it up.
    ramp_answers_ = 0;
    ramp_since_ = now;
    if (ramp_ >= cap) count_ramp(now, cap);
    return;
  }
  count_ramp(now, cap);
}

void CircuitBreaker::on_failure(const BreakerFailure& failure, double share, SteadyTime now, double jitter,
                                int cap) {
  if (phase_ == Phase::open) return;
  if (phase_ != Phase::closed && failure.sent_at < opened_at_) return;  // Of the time before.
  last_failed_ = failure.row;
  note_row(failure.row);
  if (streak_ == 0) share_before_ = share;
  if (streak_ < std::numeric_limits<int>::max()) ++streak_;
  switch (phase_) {
    case Phase::open:
      return;
    case Phase::probing:
      return open(now, failure.retry_after, jitter);
    case Phase::ramping:
      if (streak_ >= too_long_a_streak(share_before_)) return open(now, failure.retry_after, jitter);
      return count_ramp(now, cap);
    case Phase::closed:
      break;
  }
  if (!doubt_since_) {
    if (streak_ < too_long_a_streak(share_before_)) return;
    doubt_since_ = now;
    tries_ = std::max(kFewTried, kTried - (streak_ - kShortestStreak));
    failed_ = 0;
  } else if (failure.sent_at >= *doubt_since_) {
    ++failed_;
  } else if (now - failure.sent_at >= kSlow) {
    // It was under way when the doubt began, and took long: more such would be too many. (Those that fail at
    // once come all together, as from a tracker that counts by the clock's second, and tell little.)
    tries_ = std::max(kFewTried, tries_ - 1);
  }
  if (failed_ >= tries_ || failure.retry_after) open(now, failure.retry_after, jitter);
}

bool CircuitBreaker::fails_for_all() const {
  if (phase_ == Phase::open || phase_ == Phase::probing) return true;
  if (streak_ < (of_several_rows() ? kStreakOfSeveralRows : kStreakOfAny)) return false;
  // Where only a part is taken in, a streak is the tracker's only when chance seldom gives it.
  return std::pow(1 - share_before_, streak_) < kSeldom;
}

bool CircuitBreaker::of_many_rows() const {
  if (failures_ < recently_failed_.size()) return false;
  auto rows = recently_failed_;
  std::sort(rows.begin(), rows.end());
  return std::unique(rows.begin(), rows.end()) - rows.begin() > kSeveralRows;
}

void CircuitBreaker::note_row(OutboxId row) {
  recently_failed_[failures_++ % recently_failed_.size()] = row;
  if (of_several_rows()) return;
  const auto end = failed_rows_.begin() + rows_;
  if (std::find(failed_rows_.begin(), end, row) != end) return;
  failed_rows_[static_cast<std::size_t>(rows_++)] = row;
}

void CircuitBreaker::open(SteadyTime now, std::optional<Millis> retry_after, double jitter) {
  const Millis own = pause_of(pauses_ / probes_that_tell(share_before_), policy_, jitter);
  const Millis asked = std::clamp(retry_after.value_or(Millis{0}), Millis{0}, kLongestRetryAfter);
  if (pauses_ < std::numeric_limits<int>::max()) ++pauses_;
  phase_ = Phase::open;
  opened_at_ = now;
  probe_at_ = now + std::max(own, asked);
  asked_to_wait_ = asked > own;
  doubt_since_.reset();
}

void CircuitBreaker::count_ramp(SteadyTime now, int cap) {
  // Where little is sent the steps take long, and it is plain by then that the tracker is back.
  if (streak_ == 0 && now - ramp_since_ >= kLongestRamp) ramp_ = std::max(ramp_, cap);
  if (++ramp_answers_ >= ramp_ && ramp_ < cap) {
    ramp_ = ramp_ > std::numeric_limits<int>::max() / 2 ? std::numeric_limits<int>::max() : ramp_ * 2;
    ramp_answers_ = 0;
  }
  if (ramp_ < cap) return;
  phase_ = Phase::closed;
  pauses_ = 0;
  last_failed_.reset();
}

void CircuitBreaker::end_streak() {
  streak_ = 0;
  rows_ = 0;
  doubt_since_.reset();
}

std::optional<SteadyTime> CircuitBreaker::probe_at() const {
  if (phase_ != Phase::open && phase_ != Phase::probing) return std::nullopt;
  return probe_at_;
}

std::string_view name_of(CircuitBreaker::Phase phase) {
  constexpr std::array<std::string_view, 4> kNames{"closed", "open", "probing", "ramping"};
  return kNames.at(static_cast<std::size_t>(phase));
}

}  // namespace keitaro_outbox::core
