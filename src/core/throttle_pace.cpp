#include "core/throttle_pace.hpp"

#include <algorithm>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr double kBackOff = 0.8;
constexpr double kGrowthPerSecond = 0.05;
constexpr auto kSecond = 1s;

double seconds(SteadyTime::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

void ThrottlePace::Rate::count(SteadyTime now) {
  if (now - second_began_ >= kSecond) {
    const bool paused = now - second_began_ >= 2 * kSecond;
    if (paused) began_ = now;
    before_ = paused ? 0 : current_;
    current_ = 0;
    second_began_ = now;
  }
  ++current_;
}

/// Those of the current second so far, and of the one before the part that is not yet a second ago.
double ThrottlePace::Rate::measured(SteadyTime now) const {
  const double into = seconds(now - second_began_);
  if (into >= 2) return 0;
  if (into >= 1) return current_ * (2 - into);
  return current_ + before_ * (1 - into);
}

bool ThrottlePace::Rate::has_lasted_a_second(SteadyTime now) const {
  return now - began_ >= kSecond;
}

void ThrottlePace::on_taken_in(SteadyTime now) {
  taken_in_.count(now);
}

void ThrottlePace::on_throttled(SteadyTime now) {
  throttled_.count(now);
  if (per_second_ && now - throttled_at_ < kReaction) return;
  if (!says_something(now)) return;
  set((per_second_ ? *per_second_ : taken_in_.measured(now)) * kBackOff);
  throttled_at_ = now;
  grown_at_ = now;
}

bool ThrottlePace::says_something(SteadyTime now) const {
  const double taken_in = taken_in_.measured(now);
  const double throttled = throttled_.measured(now);
  return taken_in > 0 && taken_in_.has_lasted_a_second(now) && throttled >= kTellingCount &&
         throttled >= kTellingShare * (taken_in + throttled);
}

void ThrottlePace::grow(SteadyTime now) {
  if (!per_second_) return;
  if (now - throttled_at_ >= kLiftedAfter) {
    per_second_.reset();
    limit_ = RateLimit();
  } else if (now - grown_at_ >= kSecond) {
    set(*per_second_ * (1 + kGrowthPerSecond * seconds(now - grown_at_)));
    grown_at_ = now;
  }
}

void ThrottlePace::set(double per_second) {
  per_second_ = std::max(per_second, kSlowest);
  limit_.change(*per_second_);
}

int ThrottlePace::available(SteadyTime now, int wanted) {
  grow(now);
  return limit_.available(now, wanted);
}

void ThrottlePace::take(int count) {
  limit_.take(count);
}

std::optional<SteadyTime> ThrottlePace::next_at() const {
  return limit_.next_at();
}

}  // namespace keitaro_outbox::core
