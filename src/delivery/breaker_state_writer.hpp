#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/text/time.hpp"
#include "delivery/tracker_queue.hpp"
#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// What `outbox_trackers` is to say of the trackers' breakers. Kept in memory until it is committed: along
/// with the next group of outcomes, or by itself a little later.
class BreakerStateWriter {
 public:
  BreakerStateWriter(ports::OutboxStore& store, const ports::Clock& clock);

  /// The queue's breaker has changed; `why` is told when it opened. Without memory the note is left out.
  void changed(const TrackerQueue& queue, std::string_view why) noexcept;

  /// When what is not written yet should be, at the latest. At the start there is something: what an earlier
  /// worker wrote is to be forgotten.
  std::optional<core::SteadyTime> due_at() const { return due_at_; }

  /// In a writing transaction: writes all that is not written yet.
  void write();

  /// After its commit.
  void committed();

 private:
  void note(const TrackerQueue& queue, std::string_view why);

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  std::map<std::string, ports::BreakerState, std::less<>> notes_;
  std::set<std::string, std::less<>> unwritten_;
  bool forget_earlier_ = true;
  std::optional<core::SteadyTime> due_at_;
};

}  // namespace keitaro_outbox::delivery
