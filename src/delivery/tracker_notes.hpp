#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "delivery/lane.hpp"
#include "ports/clock.hpp"
#include "ports/store.hpp"

namespace keitaro_outbox::delivery {

/// What `outbox_trackers` is to say of the trackers' breakers. Kept in memory until it is committed: along
/// with the next group of outcomes, or by itself a little later.
class TrackerNotes {
 public:
  TrackerNotes(ports::Store& store, const ports::Clock& clock);

  /// The lane's breaker has changed; `why` is told when it opened. Without memory the note is left out.
  void changed(const Lane& lane, std::string_view why) noexcept;

  /// When what is not written yet should be, at the latest. At the start there is something: what an earlier
  /// worker wrote is to be forgotten.
  std::optional<core::SteadyTime> due_at() const { return due_at_; }

  /// In a writing transaction: writes all that is not written yet.
  void write();

  /// After its commit.
  void committed();

 private:
  void note(const Lane& lane, std::string_view why);

  ports::Store& store_;
  const ports::Clock& clock_;
  std::map<std::string, ports::BreakerNote, std::less<>> notes_;
  std::set<std::string, std::less<>> unwritten_;
  bool forget_earlier_ = true;
  std::optional<core::SteadyTime> due_at_;
};

}  // namespace keitaro_outbox::delivery
