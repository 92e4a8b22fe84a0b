#include "core/throttle_pace.hpp"

#include <algorithm>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr double kLittleLess = 0.95;
constexpr double kFewAnswers = 20;
constexpr double kFewOfThem = 1.0 / 7;
constexpr double kGrowthPerSecond = 0.05;
constexpr auto kSecond = 1s;

double seconds(SteadyTime::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

void ThrottlePace::on_taken_in(SteadyTime now) {
  roll(now);
  ++this_second_.taken_in;
}

void ThrottlePace::on_throttled(SteadyTime now) {
  roll(now);
  ++this_second_.throttled;
  if (per_second_ && now - throttled_at_ < kReaction) return;
  const Window last = last_second(now);
  const double answers = last.taken_in + last.throttled;
  if (answers < kFewAnswers || last.throttled < answers * kFewOfThem) return;
  set(last.taken_in * kLittleLess);
  guessed_ = now - answering_since_ < kSecond;
  throttled_at_ = now;
  grown_at_ = now;
}

void ThrottlePace::roll(SteadyTime now) {
  if (now - second_began_ < kSecond) return;
  const bool went_on = now - second_began_ < 2 * kSecond;
  if (!went_on) answering_since_ = now;
  second_before_ = went_on ? this_second_ : Window{};
  this_second_ = {};
  second_began_ = now;
}

/// The current second so far, and of the one before the part that is not yet a second ago.
ThrottlePace::Window ThrottlePace::last_second(SteadyTime now) {
  roll(now);
  const double part = std::max(1 - seconds(now - second_began_), 0.0);
  return {this_second_.taken_in + second_before_.taken_in * part,
          this_second_.throttled + second_before_.throttled * part};
}

void ThrottlePace::grow(SteadyTime now) {
  if (!per_second_) return;
  if (now - throttled_at_ >= kLiftedAfter) {
    per_second_.reset();
    limit_ = RateLimit();
  } else if (now - grown_at_ >= kSecond) {
    const double growth = guessed_ ? 1 : kGrowthPerSecond;
    set(*per_second_ * (1 + growth * seconds(now - grown_at_)));
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
