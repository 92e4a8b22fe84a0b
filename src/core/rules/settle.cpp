#include "core/rules/settle.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/text/readable.hpp"

namespace keitaro_outbox::core {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // clang before 17 does not deduce it

/// A failed exchange, whichever it was.
struct Failure {
  bool refusal = false;  ///< It spoke of the row.
  bool strike = true;
  Millis retry_after{0};
  std::string what;
};

/// How far a row has come to a limit, this failure included.
struct Count {
  int attempt = 1;
  int limit = 1;
  bool is_last() const { return attempt >= limit; }
  std::string words() const { return "attempt " + std::to_string(attempt) + " of " + std::to_string(limit); }
};

/// Tries that lengthen the delay without being held against the row.
constexpr int kMostExempt = 8;

/// One more, from 1.
int next(int counted) {
  return std::min(std::max(counted, 0), std::numeric_limits<int>::max() - 1) + 1;
}

/// A delay as people say it: `740ms`, `4s`, `12m`, `3h`.
std::string rough(Millis delay) {
  const std::int64_t millis = delay.count();
  if (millis < 1'000) return std::to_string(millis) + "ms";
  if (millis < 99'500) return std::to_string((millis + 500) / 1'000) + "s";
  if (millis < 99 * 60'000) return std::to_string((millis + 30'000) / 60'000) + "m";
  return std::to_string((millis + 1'800'000) / 3'600'000) + "h";
}

Settlement settle_failure(const Failure& failure, const RetryPolicy& policy, const SettleInput& in) {
  const Count all{next(in.strikes), std::max(policy.max_attempts, 1)};
  const Count refused{next(in.refusals), std::clamp(policy.max_refused_attempts, 1, all.limit)};
  const Count& count = failure.refusal && !all.is_last() ? refused : all;

  if (failure.strike && count.is_last()) {
    // The limit may have been a higher one before.
    if (count.attempt == count.limit)
      return Dead{failure.what + "; given up after " + count.words(), failure.refusal};
    return Dead{failure.what + "; given up after " + std::to_string(count.attempt) + " failed attempts",
                failure.refusal};
  }
  // What is not held against the row makes it wait longer each time all the same, unless all of them wait for
  // the tracker: then the breaker paces them, and none is to wait once it is back.
  const int exempt = in.exempt ? std::min(in.attempts, kMostExempt) : 0;
  const int tries = in.outage ? 1 : std::max(all.attempt, exempt);
  const Millis delay = std::max(retry_delay(tries, policy, in.jitter), failure.retry_after);
  const std::string when = ", next try in " + rough(delay);
  if (failure.strike)
    return RetryAt{in.now + delay, true, failure.refusal, failure.what + "; " + count.words() + when};
  if (in.outage) {
    return RetryAt{
        in.now + delay, false, false,
        failure.what +
            "; the tracker fails for all, so the row keeps its attempts and goes out when it is back"};
  }
  return RetryAt{in.now + delay, false, false, failure.what + "; the row keeps its attempts" + when};
}

Settlement settle_taken_in(const TakenIn& taken_in, const SettleInput& in) {
  if (!taken_in.sentinel_missing) return Delivered{};
  return Delivered{"taken in with " + in.what + ", but the answer lacks the text " +
                   readable(taken_in.asked_for) + " that was asked for with return="};
}

}  // namespace

Settlement settle(const Meaning& meaning, const RetryPolicy& policy, const SettleInput& in) {
  const bool strike = !in.outage && !in.exempt;
  const auto tracker_failed = [&](std::optional<Millis> retry_after) {
    return settle_failure({false, strike, retry_after.value_or(Millis{0}), in.what}, policy, in);
  };

  return std::visit(
      Overloaded{
          [&](const TakenIn& taken_in) { return settle_taken_in(taken_in, in); },
          [&](const Throttled& throttled) { return tracker_failed(throttled.retry_after); },
          [&](const TrackerTrouble& trouble) { return tracker_failed(trouble.retry_after); },
          [&](const RowRefused& refused) {
            return settle_failure({true, strike, refused.retry_after.value_or(Millis{0}),
                                   "the tracker refused it with " + in.what},
                                  policy, in);
          },
          [&](const NoAnswer& none) {
            return settle_failure({false, strike && !none.forbidden_address, Millis{0}, in.what}, policy, in);
          },
          [&](const MaybeTakenIn&) {
            return settle_failure({false, strike, Millis{0}, in.what + ", it may have been taken in"}, policy,
                                  in);
          },
      },
      meaning);
}

}  // namespace keitaro_outbox::core
