#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/flow/rate_limit.hpp"
#include "core/flow/usual_answers.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// Finds the rate that a tracker bears, where it refuses what is above: by 429, 503 or whatever failure.
///
/// Failures alone do not tell whether fewer requests would cure them. So, where more than an eighth fails, it
/// tries: it lowers the rate to a little less than what gets through, and compares.
/// - The share of failures stays: they are not ours to cure, and the rate is lifted. It is tried again when
/// the
///   share has become much worse, or after a while (5 s, twice as long each time, up to 5 min).
/// - It falls: there is a limit. The rate is then looked for between the highest that was borne and the
/// lowest
///   that was not, until these are close; it stays there for a while (1 s, up to 12 s where it is found
///   again), and grows again from there.
///
/// A limit can be proved wrong any time: where as many fail at a low rate as without one, or where it would
/// have to be much lower than what was taken in before, the failures have another cause and it is lifted.
///
/// Only answers to requests that were sent at the present rate are counted.
/// Where failures come in runs, as from a tracker that counts by the clock's second, only a whole second
/// tells.
class RateFinder {
 public:
  enum class State : std::uint8_t {
    free,     ///< Nothing limits.
    trying,   ///< Fewer are sent, to see whether more get through.
    limited,  ///< The tracker refuses more.
  };

  static constexpr double kSlowestTry = 8;  ///< Requests a second: the first try is not slower.
  static constexpr double kSlowest = 0.5;   ///< The same, once there is a limit.
  static constexpr Millis kFirstHold{1'000};
  static constexpr Millis kLongestHold{12'000};
  static constexpr Millis kLiftedAfter{60'000};  ///< When as long fewer were sent than it allows.

  /// `of_many_rows`: what fails is not a few rows that always do.
  void on_answer(bool taken_in, bool is_429, bool of_many_rows, SteadyTime sent_at, SteadyTime now);

  /// Next to nothing is taken in: tries the slowest rate, unless that is the rate already.
  void doubt(SteadyTime now);

  /// A request that was sent at `sent_at` was taken in. If that was before the doubt, the doubt was mere
  /// chance, and all is as it was before.
  void end_doubt(SteadyTime sent_at, SteadyTime now);

  /// The tracker is down, so what was tried says nothing. `while_ramping`: it had just taken in some, as one
  /// does that takes in so many a second and no more: from then on it gets as many as it took in since the
  /// last outage.
  void on_outage(bool while_ramping, SteadyTime now);

  /// As RateLimit's.
  int available(SteadyTime now, int wanted);
  void take(int count) { limit_.take(count); }
  std::optional<SteadyTime> next_at() const { return limit_.next_at(); }

  State state() const { return state_; }
  std::optional<double> per_second() const { return rate_; }  ///< nullopt when nothing limits.
  /// Of a limited tracker, for people: the highest rate that it bore, rather than one that is being tried.
  std::optional<double> borne() const { return rate_ && good_ > 0 ? std::min(good_, *rate_) : rate_; }

 private:
  /// Answers to what was sent at one rate.
  struct Answers {
    std::optional<SteadyTime> began;  ///< When the first came.
    int all = 0;
    int failed = 0;
    int of_429 = 0;
    std::optional<SteadyTime> refused_at;  ///< By the first 429.
    int taken_in_since = 0;
    bool last_failed = false;
    int turns = 0;  ///< From failed to taken in.
    bool is_fair(SteadyTime now) const;
    double share_failed() const { return all > 0 ? static_cast<double>(failed) / all : 0; }
  };
  /// What the present rate gave.
  struct Seen {
    int all = 0;        ///< Answers.
    double failed = 0;  ///< Share.
    bool too_many = false;
    bool in_runs = false;  ///< What failed came one after another.
    bool by_429 = false;
    double rate = 0;     ///< Answers a second.
    double goodput = 0;  ///< Of them those that were taken in.
  };
  /// The rate, and what is known at it.
  struct Course {
    State state = State::free;
    std::optional<double> rate;
    SteadyTime since{};
    Answers answers;
  };

  bool is_complete(SteadyTime now) const;
  Seen seen(SteadyTime now) const;
  void judge_free(const Seen& seen, bool of_many_rows, SteadyTime now);
  void judge_limited(const Seen& seen, SteadyTime now);
  void weigh(int taken_in, int failed, double most);
  bool is_too_low(double rate);
  void judge_try(bool taken_in, SteadyTime now);
  void try_slower_or_lift(double not_ours, SteadyTime now);
  void try_rate(double rate, const Seen& before, SteadyTime now);
  void limit(double good, double bad, SteadyTime now);
  void look_further(SteadyTime now);
  void lift(double not_ours, SteadyTime now);
  void set_rate(std::optional<double> rate, SteadyTime now);
  void restore(const Course& course, SteadyTime now);

  RateLimit limit_;
  State state_ = State::free;
  std::optional<double> rate_;
  SteadyTime since_{};  ///< When the rate was set.
  Answers answers_;
  bool held_back_ = false;  ///< The rate gave less than was wanted, since it was set.
  SteadyTime held_back_at_{};

  double not_ours_ = 0;  ///< The share of failures that fewer requests did not cure.
  SteadyTime next_try_at_{};
  Millis pause_{0};  ///< Between tries.

  UsualAnswers usual_;  ///< While nothing limits.
  Seen before_try_;
  double evidence_ = 0;  ///< Log likelihood ratio: above 0 speaks for a limit.
  std::optional<Course> before_doubt_;
  bool doubt_answered_ = false;  ///< Something was taken in since.

  double good_ = 0;  ///< The highest rate that was borne; 0 when none is known.
  double bad_ = 0;   ///< The lowest above that was not; 0 when none is known.
  /// The rate, and the share of failures, that the present search began with; 0 when none is on.
  struct {
    double rate = 0;
    double failed = 0;
  } worse_;
  bool fails_in_runs_ = false;  ///< As of the last time that too many did.
  int no_help_ = 0;             ///< Times in a row that a much lower rate had as many.
  int cuts_ = 0;                ///< In a row, to what got through.
  double step_ = 2;             ///< How much more is asked for where no bad rate is known.
  std::optional<SteadyTime> holds_until_;
  Millis hold_{0};
  double held_ = 0;  ///< The rate.

  SteadyTime outage_at_{};
  int taken_in_since_outage_ = 0;
};

}  // namespace keitaro_outbox::core
