#include "report/status/pace_meter.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace keitaro_outbox::report {
namespace {

/// Over so long the pace is taken, so that the number can be read; the looks may be further apart.
constexpr std::chrono::seconds kWindow{5};

constexpr double kLongestDrain = 10.0 * 365 * 86'400;

std::int64_t value_or_none(const std::map<std::string, std::int64_t>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

}  // namespace

void PaceMeter::take(const ports::StatusSnapshot& snapshot, core::SteadyTime now) {
  std::map<std::string, std::int64_t> pending;
  for (const auto& [tracker, waiting] : snapshot.waiting) pending[tracker] = waiting.pending();
  Sample sample{.at = now, .finished = {}, .inserted = snapshot.inserted};
  if (!samples_.empty()) {
    std::set<std::string> trackers;
    for (const auto* counts : {&std::as_const(pending), &std::as_const(pending_), &snapshot.inserted}) {
      for (const auto& [tracker, rows] : *counts) trackers.insert(tracker);
    }
    for (const std::string& tracker : trackers) {
      // Rows that were put back to pending came from nowhere: they are no pace.
      sample.finished[tracker] = std::max<std::int64_t>(0, value_or_none(pending_, tracker) +
                                                               value_or_none(snapshot.inserted, tracker) -
                                                               value_or_none(pending, tracker));
    }
  }
  pending_ = std::move(pending);
  samples_.push_back(std::move(sample));
  // The first sample only says since when.
  while (samples_.size() > 2 && samples_[1].at <= now - kWindow) samples_.pop_front();
}

void PaceMeter::fill(Overview& overview) const {
  if (samples_.size() < 2) return;
  const double seconds = std::chrono::duration<double>(samples_.back().at - samples_.front().at).count();
  if (seconds <= 0) return;
  for (TrackerView& view : overview.trackers) {
    std::int64_t finished = 0;
    std::int64_t inserted = 0;
    for (auto sample = samples_.begin() + 1; sample != samples_.end(); ++sample) {
      finished += value_or_none(sample->finished, view.tracker);
      inserted += value_or_none(sample->inserted, view.tracker);
    }
    Pace pace{
        .finished_per_second = static_cast<double>(finished) / seconds, .drained_in = {}, .grows = false};
    // What is only scheduled goes when its time comes, whatever the pace.
    const std::int64_t left = view.in(core::State::pending)-view.scheduled;
    pace.grows = left > 0 && inserted > finished;
    const double drain_seconds = finished > 0 ? static_cast<double>(left) / pace.finished_per_second : 0;
    if (left > 0 && finished > 0 && !pace.grows && drain_seconds < kLongestDrain)
      pace.drained_in = core::Millis{static_cast<std::int64_t>(drain_seconds * 1000)};
    view.pace = pace;
  }
}

}  // namespace keitaro_outbox::report
