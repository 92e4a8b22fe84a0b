#include "delivery/maintenance.hpp"

#include <algorithm>
#include <utility>

#include "core/text/readable.hpp"

namespace keitaro_outbox::delivery {

namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

constexpr auto kUnknownTrackersEvery = 200ms;
constexpr std::size_t kUnknownTrackersSeen = 1000;
constexpr std::size_t kExplainedAtOnce = 500;

/// The pause between two sweeps, or `kSweepShare` times what the last one took, where that is longer.
constexpr auto kSweepAfter = 2s;
constexpr int kSweepShare = 100;
constexpr std::size_t kSweptAtOnce = 500;

}  // namespace

void Maintenance::others_committed() {
  unknown_stale_ = true;
  sweep_stale_ = true;
}

void Maintenance::reconfigured(const std::vector<std::string>& trackers) {
  unknown_looked_at_.reset();
  for (const std::string& name : trackers) unknown_.erase(name);
}

bool Maintenance::work(const std::function<bool(std::string_view)>& known) {
  const SteadyTime now = clock_.steady();
  if (unknown_stale_ && (!unknown_looked_at_ || now - *unknown_looked_at_ >= kUnknownTrackersEvery)) {
    look_for_unknown_trackers(known);
    unknown_looked_at_ = now;
  }
  if (!sweeping_ && (!sweep_stale_ || now < next_sweep_at_)) return false;
  sweep();
  return true;
}

std::optional<SteadyTime> Maintenance::due_at() const {
  if (sweeping_) return clock_.steady();
  std::optional<SteadyTime> due;
  if (sweep_stale_) due = next_sweep_at_;
  if (unknown_stale_) {
    const SteadyTime look =
        unknown_looked_at_ ? *unknown_looked_at_ + kUnknownTrackersEvery : clock_.steady();
    due = due ? std::min(*due, look) : look;
  }
  return due;
}

void Maintenance::look_for_unknown_trackers(const std::function<bool(std::string_view)>& known) {
  store_.begin_read();
  auto names = store_.trackers_with_pending(kUnknownTrackersSeen);
  store_.commit();
  std::erase_if(names, known);
  unknown_names_ = std::move(names);
  unknown_stale_ = false;
  for (const std::string& name : unknown_names_) {
    const auto [unknown, is_new] = unknown_.try_emplace(name);
    if (is_new) observer_.on_unknown_tracker(name);
    explain(name, unknown->second);
  }
}

void Maintenance::explain(const std::string& name, UnknownTracker& unknown) {
  store_.begin_write();
  const auto last = store_.explain_waiting(
      name, unknown.explained_up_to,
      "the configuration has no tracker named '" + core::readable(name) + "': add it, or cancel the row",
      kExplainedAtOnce);
  store_.commit();
  unknown.done = !last;
  if (last) {
    unknown.explained_up_to = *last;
    unknown_stale_ = true;  // There may be more.
  } else if (unknown.begin_again) {
    unknown = {};
    unknown_stale_ = true;
  }
}

void Maintenance::sweep() {
  const SteadyTime begun = clock_.steady();
  if (!sweeping_) {
    sweeping_.emplace();
    sweep_stale_ = false;
    sweep_took_ = {};
  }
  store_.begin_write();
  const bool more = store_.sweep_waiting(*sweeping_, kSweptAtOnce);
  store_.commit();
  const SteadyTime ended = clock_.steady();
  sweep_took_ += ended - begun;
  if (more) return;
  sweeping_.reset();
  next_sweep_at_ = ended + std::max<SteadyTime::duration>(kSweepAfter, sweep_took_ * kSweepShare);
  for (auto& [name, unknown] : unknown_) {
    // Rows that were sent again have lost their reason, or have a time now that was passed already.
    if (unknown.done) {
      unknown = {};
    } else {
      unknown.begin_again = true;
    }
  }
  unknown_stale_ = true;
}

}  // namespace keitaro_outbox::delivery
