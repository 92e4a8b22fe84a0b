#include "core/flow/adaptive_rate_limit.hpp"

#include <algorithm>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr double kLittleLess = 0.95;
constexpr double kFewAnswers = 20;
constexpr double kFewOfThem = 1.0 / 7;
constexpr double kHardlyAny = 1.0 / 20;
constexpr double kMostOfIt = 0.7;
constexpr double kFarBelow = 0.5;
constexpr double kShortOfTooMuch = 0.75;
constexpr double kGrowthPerSecond = 0.05;
constexpr auto kSecond = 1s;

double seconds(SteadyTime::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

void AdaptiveRateLimit::on_taken_in(SteadyTime now) {
  roll(now);
  ++this_second_.taken_in;
  ++so_far_.taken_in;
  ++half_second_.taken_in;
  taken_in_at_ = now;
}

void AdaptiveRateLimit::on_throttled(SteadyTime now) {
  roll(now);
  ++this_second_.throttled;
  ++so_far_.throttled;
  ++half_second_.throttled;
  if (per_second_ && now - since_ < kReaction) return;
  const Answers second = last_second();
  const Answers& late = now - since_ < kSecond ? so_far_ : second;
  // A slow tracker never gives so many in a second.
  const Answers& judged = per_second_ && late.all() < kFewAnswers ? so_far_ : late;
  if (judged.all() < kFewAnswers || judged.throttled < judged.all() * kFewOfThem) return;
  double borne = second.taken_in;
  if (per_second_) {
    const double span = std::clamp(seconds(now - since_), seconds(kReaction), seconds(kSecond));
    borne = std::min(std::max(late.taken_in / span, second.taken_in), *per_second_);
  }
  too_much_ = per_second_;
  throttled_at_ = now;
  change(borne * kLittleLess, now);
}

void AdaptiveRateLimit::roll(SteadyTime now) {
  now_ = now;
  if (now - second_began_ < kSecond) return;
  const bool went_on = now - second_began_ < 2 * kSecond;
  if (!went_on) {
    since_ = now;
    so_far_ = {};
  }
  second_before_ = went_on ? this_second_ : Answers{};
  this_second_ = {};
  second_began_ = now;
}

/// The current second so far, and of the one before the part that is not yet a second ago.
AdaptiveRateLimit::Answers AdaptiveRateLimit::last_second() const {
  const double part = std::max(1 - seconds(now_ - second_began_), 0.0);
  return {this_second_.taken_in + second_before_.taken_in * part,
          this_second_.throttled + second_before_.throttled * part};
}

bool AdaptiveRateLimit::is_far_too_little() const {
  return !too_much_ || *per_second_ < *too_much_ * kFarBelow;
}

/// Whether the tracker has answered at the present pace for half a second, and refused hardly anything. Asked
/// before that has passed it is no, and the time goes on.
bool AdaptiveRateLimit::is_borne(SteadyTime now) {
  const auto span = now - half_second_began_;
  if (span < kReaction) return false;
  const Answers answers = half_second_;
  begin_half_second(now);
  return answers.taken_in >= *per_second_ * seconds(span) * kMostOfIt &&
         answers.throttled <= answers.all() * kHardlyAny;
}

void AdaptiveRateLimit::begin_half_second(SteadyTime now) {
  half_second_ = {};
  half_second_began_ = now;
}

void AdaptiveRateLimit::grow(SteadyTime now) {
  if (!per_second_) return;
  if (now - throttled_at_ >= kLiftedAfter) {
    per_second_.reset();
    too_much_.reset();
    limit_ = RateLimit();
  } else if (is_far_too_little() && is_borne(now)) {
    const double twice = *per_second_ * 2;
    change(too_much_ ? std::min(twice, *too_much_ * kShortOfTooMuch) : twice, now);
  } else if (now - grown_at_ >= kSecond) {
    set(*per_second_ * (1 + kGrowthPerSecond * seconds(now - grown_at_)));
    grown_at_ = now;
  }
}

/// What was answered so far is no measure of the new pace.
void AdaptiveRateLimit::change(double per_second, SteadyTime now) {
  set(per_second);
  since_ = grown_at_ = now;
  so_far_ = {};
  begin_half_second(now);
}

void AdaptiveRateLimit::set(double per_second) {
  per_second_ = std::max(per_second, kSlowest);
  limit_.change(*per_second_);
}

int AdaptiveRateLimit::available(SteadyTime now, int wanted) {
  grow(now);
  return limit_.available(now, wanted);
}

void AdaptiveRateLimit::take(int count) {
  limit_.take(count);
}

std::optional<SteadyTime> AdaptiveRateLimit::next_at() const {
  return limit_.next_at();
}

}  // namespace keitaro_outbox::core
