#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/tracker_spec.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::worker {

/// Whether a row waits for one of the trackers that is not paused. True where the store cannot be
/// read.
bool pending_for(ports::OutboxStore& store, const std::vector<delivery::TrackerSpec>& trackers);

/// When the first row of the trackers that are not paused is due; nullopt where there is none. Long ago where
/// the store cannot be read.
std::optional<core::WallTime> first_due_at(ports::OutboxStore& store,
                                           const std::vector<delivery::TrackerSpec>& trackers);

struct Left {
  bool pending = true;                       ///< Any row, of whatever tracker.
  std::vector<std::string> paused_trackers;  ///< Those of the trackers that are paused and have rows waiting.
};

/// As much as can be read; what cannot be is taken to be there.
Left pending_summary(ports::OutboxStore& store, const std::vector<delivery::TrackerSpec>& trackers);

}  // namespace keitaro_outbox::worker
