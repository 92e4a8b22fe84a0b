#pragma once

#include <algorithm>
#include <chrono>

#include "core/text/time.hpp"

namespace keitaro_outbox::postgresql {

/// When to look again at what others may have committed: soon while there is news, and less and less often
/// while there is none.
class PollPace {
 public:
  static constexpr core::Millis kShortest{50};
  /// While more rows wait than are held in memory: what is new among them has its turn later.
  static constexpr core::Millis kWithBacklog{500};
  static constexpr core::Millis kLongest{1000};
  /// Between two looks that hints ask for.
  static constexpr core::Millis kAfterHint{5};
  /// At most a quarter of the time is spent looking.
  static constexpr int kPauseForTime = 3;
  /// It stays at the shortest pause for so long after the last news.
  static constexpr std::chrono::seconds kAlert{5};

  bool due(core::SteadyTime now) const { return now >= next_; }
  core::SteadyTime next() const { return next_; }

  void news(core::SteadyTime now) {
    last_news_ = now;
    pause_ = backlog_ ? kWithBacklog : kShortest;
    next_ = std::min(next_, now + pause_);
  }
  void looked(core::SteadyTime now) {
    if (now - last_news_ > kAlert) pause_ = std::min(pause_ * 2, kLongest);
    looked_at_ = now;
    next_ = now + pause_;
  }
  /// A look has taken so long, as it does where others have many rows: then it is not repeated soon.
  void took(core::SteadyTime now, core::SteadyTime::duration time) {
    not_before_ = now + std::min<core::SteadyTime::duration>(kPauseForTime * time, kLongest);
    next_ = std::max(next_, not_before_);
  }
  /// Somebody has told of a commit.
  void hinted(core::SteadyTime now) {
    if (!backlog_) next_ = std::min(next_, std::max({now, looked_at_ + kAfterHint, not_before_}));
  }
  void at_once() { next_ = {}; }
  void set_backlog(bool backlog) { backlog_ = backlog; }

 private:
  core::SteadyTime next_{};
  core::SteadyTime looked_at_{};
  core::SteadyTime not_before_{};
  core::SteadyTime last_news_{};
  core::Millis pause_ = kShortest;
  bool backlog_ = false;
};

}  // namespace keitaro_outbox::postgresql
