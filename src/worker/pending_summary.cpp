#include "worker/pending_summary.hpp"

#include <algorithm>
#include <new>

namespace keitaro_outbox::worker {

namespace {

/// `read` in a transaction; given up where the store, or memory, fails.
template <typename Read>
void try_read(ports::OutboxStore& store, Read read) {
  try {
    store.begin_read();
    read();
    store.commit();
  } catch (const ports::StoreError&) {
    store.rollback();
  } catch (const std::bad_alloc&) {
    store.rollback();
  }
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::binary_search(names.begin(), names.end(), name);
}

}  // namespace

bool pending_for(ports::OutboxStore& store, const std::vector<delivery::TrackerSpec>& trackers) {
  bool pending = true;
  try_read(store, [&] {
    const auto paused = store.paused_trackers();
    pending = std::any_of(trackers.begin(), trackers.end(), [&](const auto& tracker) {
      return !is_among(paused, tracker.rules.name) && store.has_pending(tracker.rules.name);
    });
  });
  return pending;
}

std::optional<core::WallTime> first_due_at(ports::OutboxStore& store,
                                           const std::vector<delivery::TrackerSpec>& trackers) {
  std::optional<core::WallTime> first = core::WallTime{};
  try_read(store, [&] {
    const auto paused = store.paused_trackers();
    std::optional<core::WallTime> found;
    for (const auto& tracker : trackers) {
      if (is_among(paused, tracker.rules.name)) continue;
      // Rows behind an earlier one of their click are due after it. Fresh ones have the time 0.
      const auto due = store.next_due(tracker.rules.name, core::wall_time(-1));
      if (due && (!found || *due < *found)) found = due;
    }
    first = found;
  });
  return first;
}

Left pending_summary(ports::OutboxStore& store, const std::vector<delivery::TrackerSpec>& trackers) {
  Left left;
  try_read(store, [&] {
    left.pending = !store.trackers_with_pending("", 1).empty();
    const auto paused = store.paused_trackers();
    for (const auto& tracker : trackers) {
      const std::string& name = tracker.rules.name;
      if (is_among(paused, name) && store.has_pending(name)) left.paused_trackers.push_back(name);
    }
  });
  return left;
}

}  // namespace keitaro_outbox::worker
