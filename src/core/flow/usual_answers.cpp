#include "core/flow/usual_answers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keitaro_outbox::core {
namespace {

constexpr double kRemembered = 400;      ///< Answers.
constexpr double kPlainlyDifferent = 3;  ///< Standard deviations.
constexpr double kSmallestVariance = 0.01;
constexpr double kKnownAfter = 0.5;  ///< Seconds …
constexpr double kKnownBy = 15;      ///< … and answers taken in.

}  // namespace

bool UsualAnswers::note(int all, double failed, double rate, double goodput) {
  if (all_ > 0) {
    const double both = (failed_ + all * failed) / (all_ + all);
    const double variance = std::max(both * (1 - both), kSmallestVariance) * (1.0 / all + 1 / all_);
    const bool differs = std::abs(failed - share_failed()) > kPlainlyDifferent * std::sqrt(variance);
    if (differs && !std::exchange(differed_, true)) return false;
    if (differs) forget();
    differed_ = false;
  }
  const double keep = all_ > 0 ? std::clamp((kRemembered - all) / all_, 0.0, 1.0) : 0;
  const double span = rate > 0 ? all / rate : 0;
  all_ = all_ * keep + all;
  failed_ = failed_ * keep + all * failed;
  seconds_ = seconds_ * keep + span;
  taken_in_ = taken_in_ * keep + goodput * span;
  return true;
}

bool UsualAnswers::is_goodput_known() const {
  return seconds_ >= kKnownAfter && taken_in_ >= kKnownBy;
}

}  // namespace keitaro_outbox::core
