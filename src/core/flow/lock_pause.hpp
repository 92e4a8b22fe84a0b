#pragma once

#include <algorithm>
#include <chrono>

namespace keitaro_outbox::core {

/// How long a writer leaves the database's write lock to others after it has held it: the longer it was held,
/// the longer the pause. An application whose busy handler sleeps between its tries would hardly ever find
/// the lock free otherwise. All our writers go by it: groups of outcomes, imports, pruning.
struct LockPause {
  using Duration = std::chrono::steady_clock::duration;

  double per_hold = 1;  ///< The pause, as a multiple of the time that the lock was held.
  Duration least{};
  Duration most = Duration::max();

  Duration after(Duration held) const {
    const auto pause = std::chrono::duration<double, Duration::period>(held) * per_hold;
    return std::clamp(std::chrono::duration_cast<Duration>(pause), least, most);
  }
};

}  // namespace keitaro_outbox::core
