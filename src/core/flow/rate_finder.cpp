#include "core/flow/rate_finder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

// Shares of failures, beyond those that are not ours to cure.
constexpr double kTooMany = 0.12;
constexpr double kTooMany429 = 0.04;  ///< Where most of them say what they mean.
constexpr double kHardlyAny = 0.04;
constexpr double kPlainlyTooMany = 0.3;
constexpr int kMany = 80;
constexpr int kTurns = 4;    ///< From failed to taken in.
constexpr int kPlainly = 4;  ///< Failures, at least, for that.

constexpr double kPartOfGoodput = 0.85;  ///< What is tried first.
constexpr double kLittleLess = 0.95;
constexpr double kCut = 0.75;  ///< Only a rate that is less than this part of the present one tells.
constexpr double kClose = 1.05;
constexpr double kSame = 0.1;
constexpr double kFarApart = 4;
constexpr double kVeryFarApart = 16;
constexpr double kFirstStep = 1.05;
constexpr double kLongestStep = 2;
// A rate as low as this part of another shows whether fewer requests help: no, where the share of failures is
// more than this part of the other's, and the share taken in hardly more than the other's.
constexpr double kMuchLess = 0.6;
constexpr double kAsBad = 0.7;
constexpr double kFarFewer = 0.5;  ///< The same, where a try has had its longest.
constexpr double kHardlyMore = 1.3;

constexpr double kSpeaksForALimit = 7;
constexpr double kSpeaksAgainst = -4.5;
constexpr double kSpeaksAgainst429 = -9;
constexpr double kMostTrust = 3;      ///< Once there is a limit: it can be proved wrong any time.
constexpr double kMostAtOnce = 3;     ///< Answers that come in runs say less than as many others.
constexpr int kLongestTry = 120;      ///< Answers …
constexpr auto kSlowTry = 6'000ms;    ///< … or as long, where fewer come.
constexpr double kLowestLimit = 0.6;  ///< Part of what was taken in while nothing limited.
constexpr double kHeldFor = 25;       ///< Requests, at least: where few come, each look takes long.
constexpr int kMostCuts =
    3;  ///< One after another, each to what got through: a limit would be found by then.
constexpr double kLeast = 0.05;
constexpr double kMost = 0.99;
constexpr double kMostFail = 0.6;

constexpr double kMuchWorse = 0.6;  ///< Part of the share that used to be taken in.
constexpr auto kFirstPause = 5'000ms;
constexpr auto kLongestPause = 300'000ms;
constexpr double kBoundless = 1e6;

double seconds(SteadyTime::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

void RateFinder::on_answer(bool taken_in, bool is_429, bool of_many_rows, SteadyTime sent_at,
                           SteadyTime now) {
  if (taken_in) ++taken_in_since_outage_;
  if (sent_at < since_) return;
  if (!answers_.began) answers_.began = now;
  ++answers_.all;
  if (!taken_in) ++answers_.failed;
  if (taken_in && answers_.last_failed) ++answers_.turns;
  answers_.last_failed = !taken_in;
  if (is_429) ++answers_.of_429;
  if (answers_.of_429 > 0) {
    if (!answers_.refused_at) answers_.refused_at = now;
    if (taken_in) ++answers_.taken_in_since;
  }
  if (state_ == State::trying) return judge_try(taken_in, now);
  if (state_ == State::free && now >= next_try_at_) not_ours_ = 0;
  if (!is_complete(now)) return;
  const Seen what = seen(now);
  const int failed = std::exchange(answers_, {}).failed;
  if (state_ == State::limited) {
    weigh(what.all - failed, failed, kMostAtOnce);
    if (evidence_ <= kSpeaksAgainst) return lift(before_try_.failed, now);
  } else if (!usual_.note(what.all, what.failed, what.rate, what.goodput)) {
    return;
  }
  if (what.too_many) fails_in_runs_ = what.in_runs;
  if (state_ == State::limited) return judge_limited(what, now);
  judge_free(what, of_many_rows, now);
}

/// A limit that is counted by the clock's second takes in what comes first, and then refuses all: only a
/// whole second tells. Where the failures are mixed with the others, less will do.
bool RateFinder::Answers::is_fair(SteadyTime now) const {
  return now - *began >= 1s || turns >= kTurns;
}

bool RateFinder::is_complete(SteadyTime now) const {
  const auto age = now - *answers_.began;
  const int all = answers_.all;
  if (state_ == State::free) {
    if (answers_.taken_in_since >= kPlainly && answers_.of_429 > answers_.taken_in_since && age >= 20ms)
      return true;
    return age >= 100ms && (all >= 40 || (all >= 20 && age >= 1s) || age >= 10s);
  }
  const bool is_fair = answers_.is_fair(now);
  if (is_fair && answers_.failed >= kPlainly &&
      answers_.share_failed() > not_ours_ + kPlainlyTooMany * (1 - not_ours_))
    return true;
  const bool tells = all >= 20 || answers_.failed == 0 || answers_.failed >= 3;
  if ((age >= 5s && tells) || age >= 15s || (all >= kMany && age >= 200ms && is_fair)) return true;
  const bool clean = answers_.share_failed() <= not_ours_ + kHardlyAny * (1 - not_ours_);
  if (clean && fails_in_runs_) return all >= 3 && age >= 1s;
  if (clean) return (all >= 40 && age >= 100ms) || (all >= 6 && age >= 200ms) || (all >= 3 && age >= 500ms);
  return all >= 20 && age >= 500ms && is_fair && seen(now).too_many;
}

RateFinder::Seen RateFinder::seen(SteadyTime now) const {
  Seen what;
  what.all = answers_.all;
  what.failed = answers_.share_failed();
  what.in_runs = answers_.turns < kTurns && now - *answers_.began >= 1s;
  what.by_429 = 2 * answers_.of_429 > answers_.failed;
  // Plainly, and not by chance.
  const double borne = not_ours_ + (what.by_429 ? kTooMany429 : kTooMany) * (1 - not_ours_);
  const bool says_so = what.by_429 && state_ == State::limited;  // A known limit, and told in so many words.
  const double by_chance =
      answers_.all < kMany && !says_so ? 1.5 * std::sqrt(answers_.all * borne * (1 - borne)) : 0;
  what.too_many = answers_.failed >= 3 && answers_.failed > answers_.all * borne + by_chance;
  what.rate = (answers_.all - 1) / std::max(seconds(now - *answers_.began), 1e-3);
  what.goodput = what.rate * (1 - what.failed);
  // What it took in before it first said no was saved up, and is no rate that it bears.
  if (what.by_429 && answers_.taken_in_since >= kPlainly)
    what.goodput =
        std::min(what.goodput, answers_.taken_in_since / std::max(seconds(now - *answers_.refused_at), 1e-3));
  return what;
}

/// A limit that is much lower than what was taken in while nothing limited is none: failures have another
/// cause. If they are of a new limit, what was taken in will be less the next time.
bool RateFinder::is_too_low(double rate) {
  if (!usual_.is_goodput_known() || rate >= kLowestLimit * usual_.goodput()) return false;
  usual_.forget();
  return true;
}

void RateFinder::judge_free(const Seen& seen, bool of_many_rows, SteadyTime now) {
  if (seen.failed < not_ours_) not_ours_ += 0.3 * (seen.failed - not_ours_);
  if (!seen.too_many || !of_many_rows) return;
  const bool much_worse = 1 - seen.failed < kMuchWorse * (1 - not_ours_);
  if (now < next_try_at_ && !much_worse) return;
  const double target = std::max(seen.goodput * kPartOfGoodput, kSlowestTry);
  if (target > seen.rate * kCut) return;
  Seen before = seen;
  before.all = usual_.count();
  before.failed = usual_.share_failed();
  before.goodput = usual_.goodput();
  try_rate(target, before, now);
}

void RateFinder::try_rate(double rate, const Seen& before, SteadyTime now) {
  before_try_ = before;
  // What looked bad by chance must not make what comes then look better.
  const double taken_in = before.all * (1 - before.failed) + 1;
  const double by_chance = 1 + (before.by_429 ? 1 : 1.5) * std::sqrt(taken_in * before.failed);
  before_try_.failed = std::clamp(before.failed - by_chance / std::max(before.all, 1), kLeast, kMost);
  before_doubt_.reset();
  doubt_answered_ = false;
  evidence_ = 0;
  state_ = State::trying;
  set_rate(rate, now);
}

/// Whether the share of failures is one of a limit that is kept, or the one of before.
void RateFinder::weigh(int taken_in, int failed, double most) {
  const double before = before_try_.failed;
  if (before <= 0) return;
  // With a limit half as many fail as before, or five times as many are taken in; and of more than it bears,
  // the rest.
  double with_limit = before < kMostFail ? before / 2 : 1 - std::min(5 * (1 - before), 0.8);
  if (state_ == State::limited) {
    const double borne = before_try_.goodput;
    if (borne <= 0 && good_ > 0 && *rate_ > good_) return;  // To look for more: failures prove nothing.
    if (borne > 0 && *rate_ > borne) with_limit = std::min(1 - (1 - with_limit) * borne / *rate_, before);
  }
  evidence_ += std::clamp(
      taken_in * std::log((1 - with_limit) / (1 - before)) + failed * std::log(with_limit / before), -most,
      most);
  if (state_ == State::limited) evidence_ = std::min(evidence_, kMostTrust);
}

void RateFinder::judge_try(bool taken_in, SteadyTime now) {
  if (before_doubt_) {
    // Whether anything is taken in at all is for the breaker to decide.
    if (answers_.failed == answers_.all) return;
    if (before_doubt_->state == State::limited) {
      state_ = State::limited;
      bad_ = before_doubt_->rate.value_or(0);
      if (good_ >= bad_) good_ = 0;
      fails_in_runs_ = true;
      // One that counts by the second and had refused the rest of it bears what it took in since.
      if (const Answers& then = before_doubt_->answers; then.began) {
        const int got_through = then.all - then.failed + answers_.all - answers_.failed;
        const double borne = got_through / std::max(seconds(now - *then.began), 1.0) * kLittleLess;
        if (borne < bad_) good_ = std::max(good_, borne);
      }
      before_doubt_.reset();
      return look_further(now);
    }
    // What failed before the first that was taken in tells when the tracker began to take in again, and no
    // more.
    if (!doubt_answered_) {
      doubt_answered_ = true;
      answers_ = {};
      answers_.began = now;
      return;
    }
  }
  weigh(taken_in ? 1 : 0, taken_in ? 0 : 1, kBoundless);
  const double before = before_try_.failed;
  if (before > kMostFail && !answers_.is_fair(now)) return;
  const bool enough =
      answers_.all >= kLongestTry || (answers_.all >= kPlainly && now - *answers_.began >= kSlowTry);
  if (evidence_ >= kSpeaksForALimit || (enough && answers_.share_failed() < kFarFewer * before)) {
    const double failed = answers_.share_failed();
    const bool clean = failed <= not_ours_ + kTooMany * (1 - not_ours_);
    if (clean) {
      not_ours_ = failed;
      return limit(*rate_, before_try_.rate, now);
    }
    // Better, and not good: that may be chance, unless nearly all failed before and the rate was not yet low
    // enough.
    if (before < kMostFail) return try_slower_or_lift(failed, now);
    const double tried = *rate_;
    limit(0, tried, now);
    worse_ = {tried, failed};
    set_rate(std::max(tried * (1 - failed) * kLittleLess, kSlowest), now);
  } else if (enough || evidence_ <= (before_try_.by_429 ? kSpeaksAgainst429 : kSpeaksAgainst)) {
    try_slower_or_lift(before, now);
  }
}

/// After a streak so long that it began to doubt: a tracker that takes in fewer than the slowest try sends
/// refuses a part of that too. What got through then is tried before the rate is lifted.
void RateFinder::try_slower_or_lift(double not_ours, SteadyTime now) {
  const Seen what = seen(now);
  const bool taken_in = what.failed < 1 && what.failed > kTooMany;
  const double slower = std::max(what.goodput * kPartOfGoodput, kSlowest);
  if (!taken_in || !before_doubt_ || is_too_low(slower)) return lift(not_ours, now);
  try_rate(slower, what, now);
}

void RateFinder::limit(double good, double bad, SteadyTime now) {
  state_ = State::limited;
  before_doubt_.reset();
  pause_ = {};
  good_ = good;
  bad_ = bad > good ? bad : 0;
  worse_ = {};
  step_ = kFarApart;
  look_further(now);
}

/// The next rate between what is good and what is bad.
void RateFinder::look_further(SteadyTime now) {
  holds_until_.reset();
  if (good_ <= 0) return set_rate(std::max(bad_ * kLittleLess, kSlowest), now);
  if (bad_ <= 0) return set_rate(good_ * step_, now);
  if (bad_ > good_ * kVeryFarApart) return set_rate(good_ * kFarApart, now);
  if (bad_ > good_ * kFarApart) return set_rate(good_ * 2, now);
  if (bad_ > good_ * kClose) return set_rate(std::sqrt(good_ * bad_), now);
  set_rate(good_, now);
  const bool as_before = std::abs(good_ - held_) < kSame * good_;
  hold_ = as_before ? std::min(hold_ * 2, kLongestHold) : kFirstHold;
  held_ = good_;
  holds_until_ =
      now + std::max<SteadyTime::duration>(hold_, std::chrono::duration_cast<SteadyTime::duration>(
                                                      std::chrono::duration<double>(kHeldFor / good_)));
}

void RateFinder::judge_limited(const Seen& seen, SteadyTime now) {
  if (seen.too_many) {
    const double rate = *rate_;
    step_ = kFirstStep;
    bool helps = true;
    if (worse_.rate <= 0) {
      worse_ = {rate, seen.failed};
    } else if (rate <= std::max(worse_.rate * kMuchLess, kSlowest)) {
      helps = seen.failed <= kAsBad * worse_.failed || 1 - seen.failed >= kHardlyMore * (1 - worse_.failed);
      if (!helps && ++no_help_ >= 2) return lift(seen.failed, now);
      worse_ = {rate, seen.failed};
    }
    bad_ = rate;
    if (helps && good_ < bad_) return look_further(now);
    // What was good is no longer.
    good_ = 0;
    holds_until_.reset();
    const double less = helps ? kLittleLess : kMuchLess;
    const double next = std::max(std::min(seen.goodput * kLittleLess, rate * less), kSlowest);
    if (++cuts_ > kMostCuts || is_too_low(next)) return lift(seen.failed, now);
    return set_rate(next, now);
  }
  no_help_ = cuts_ = 0;
  worse_ = {};
  not_ours_ = std::min(not_ours_, (not_ours_ + seen.failed) / 2);
  if (!held_back_) return;  // Nobody knows whether it bears that rate.
  good_ = *rate_;
  if (good_ >= kBoundless) return lift(not_ours_, now);
  if (holds_until_ && now < *holds_until_) return;
  if (holds_until_ || bad_ <= 0) {
    bad_ = 0;
    step_ = holds_until_ ? kFirstStep : std::min(1 + (step_ - 1) * 2, std::max(step_, kLongestStep));
  }
  look_further(now);
}

void RateFinder::lift(double not_ours, SteadyTime now) {
  state_ = State::free;
  before_doubt_.reset();
  not_ours_ = not_ours;
  pause_ = std::clamp<Millis>(pause_ * 2, kFirstPause, kLongestPause);
  next_try_at_ = now + pause_;
  set_rate(std::nullopt, now);
}

void RateFinder::doubt(SteadyTime now) {
  if (state_ == State::trying || (rate_ && *rate_ <= kSlowestTry)) return;
  const Course course{.state = state_, .rate = rate_, .since = since_, .answers = answers_};
  Seen before;
  before.all = std::max(answers_.all, kMany);
  before.failed = std::max(answers_.all >= kMany ? answers_.share_failed() : 0, kMostFail);
  try_rate(kSlowestTry, before, now);
  before_doubt_ = course;
}

void RateFinder::end_doubt(SteadyTime sent_at, SteadyTime now) {
  if (!before_doubt_ || sent_at >= since_) return;
  restore(*std::exchange(before_doubt_, std::nullopt), now);
}

void RateFinder::restore(const Course& course, SteadyTime now) {
  state_ = course.state;
  set_rate(course.rate, now);
  since_ = course.since;
  answers_ = course.answers;
}

void RateFinder::on_outage(bool while_ramping, SteadyTime now) {
  if (before_doubt_) {
    restore(*std::exchange(before_doubt_, std::nullopt), now);
  } else if (state_ == State::trying) {
    state_ = State::free;
    rate_.reset();
  }
  not_ours_ = 0;
  const double goodput = taken_in_since_outage_ / std::max(seconds(now - outage_at_), 0.1);
  const double borne = std::max(std::min(goodput, rate_.value_or(kBoundless)) * kLittleLess, kSlowest);
  if (while_ramping && taken_in_since_outage_ > 0 && !is_too_low(borne)) {
    before_try_ = {};
    limit(borne, 0, now);
    set_rate(good_, now);
  } else {
    set_rate(rate_, now);
  }
  outage_at_ = now;
  taken_in_since_outage_ = 0;
}

void RateFinder::set_rate(std::optional<double> rate, SteadyTime now) {
  rate_ = rate;
  limit_.change(rate.value_or(0));
  since_ = held_back_at_ = now;
  held_back_ = false;
  answers_ = {};
}

int RateFinder::available(SteadyTime now, int wanted) {
  if (state_ == State::limited && now - held_back_at_ >= kLiftedAfter) {
    state_ = State::free;
    set_rate(std::nullopt, now);
  }
  const int given = limit_.available(now, wanted);
  if (given < wanted) {
    held_back_ = true;
    held_back_at_ = now;
  }
  return given;
}

}  // namespace keitaro_outbox::core
