#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/text/time.hpp"
#include "log/log.hpp"
#include "report/drift_report.hpp"
#include "web/actions.hpp"

namespace keitaro_outbox::web {

/// What the trackers' own records were found to have, beside ours.
struct Compared {
  core::WallTime at{};
  int days = 1;
  std::vector<report::TrackerDrift> trackers = {};
  std::string trouble = {};  ///< Why nothing could be compared, in one line.
};

/// Puts our days beside the trackers' when a viewer asks for it, on a thread of its own: it takes as many
/// requests to them as their records have pages. The last result is kept, for everybody. One at a time. From
/// any thread.
class Comparison {
 public:
  static constexpr int kMostDays = 31;
  /// Blocks. Throws.
  using Compare = std::function<std::vector<report::TrackerDrift>(int days, core::WallTime now,
                                                                  const std::function<bool()>& stop_asked)>;

  /// Both must outlive it.
  Comparison(Compare compare, log::Log& log);
  /// Gives up the one that is going on.
  ~Comparison();
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  /// Begins one, unless one is going on already. `days` from 1 to kMostDays.
  void start(int days, const Actor& actor, core::WallTime now);
  /// Until it has ended, or `patience` is over.
  void wait_for(core::Millis patience);

  struct Standing {
    std::optional<core::WallTime> going_on_since;
    std::shared_ptr<const Compared> last;  ///< nullptr before the first one.
  };
  Standing standing() const;

 private:
  void run(int days, core::WallTime now);

  const Compare compare_;
  log::Log& log_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<core::WallTime> going_on_since_;
  std::shared_ptr<const Compared> last_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::web
