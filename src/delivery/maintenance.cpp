#include "delivery/maintenance.hpp"

#include <algorithm>
#include <utility>

#include "core/text/readable.hpp"

namespace keitaro_outbox::delivery {

namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

constexpr auto kUnknownTrackersEvery = 200ms;
constexpr std::size_t kNamesAtOnce = 1000;
constexpr std::size_t kExplainedAtOnce = 100;
/// The write lock is held for about this long.
constexpr auto kHold = 5ms;

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

/// A step of a round through all names. It writes only where a row needs it, so that many names cost the
/// application nothing once their rows are explained.
void Maintenance::look_for_unknown_trackers(const std::function<bool(std::string_view)>& known) {
  std::vector<Unknown::value_type*> to_explain;
  std::vector<std::string> news;
  store_.begin_read();
  auto names = store_.trackers_with_pending(looked_up_to_, kNamesAtOnce);
  const bool last_step = names.size() < kNamesAtOnce;
  const std::string up_to = last_step ? std::string() : names.back();
  std::erase_if(names, known);
  for (const std::string& name : names) {
    const auto [unknown, is_new] = unknown_.try_emplace(name);
    if (is_new) news.push_back(name);
    if (needs_explaining(*unknown)) to_explain.push_back(&*unknown);
  }
  store_.commit();
  for (const std::string& name : news) observer_.on_unknown_tracker(name);

  unknown_stale_ = true;
  if (!to_explain.empty() && !explain(to_explain)) return;  // The next look goes on with the same names.
  names_so_far_.insert(names_so_far_.end(), names.begin(), names.end());
  looked_up_to_ = up_to;
  if (!last_step) return;
  unknown_names_ = std::exchange(names_so_far_, {});
  unknown_stale_ = false;
}

bool Maintenance::needs_explaining(const Unknown::value_type& named) {
  const auto& [name, unknown] = named;
  if (!unknown.done) return true;
  ids_.clear();
  store_.fresh(name, unknown.explained_up_to, 1, ports::OutboxStore::Known::some, ids_);
  return !ids_.empty();
}

/// In one transaction of some milliseconds. False when there is more to do.
bool Maintenance::explain(std::span<Unknown::value_type* const> some) {
  store_.begin_write();
  const SteadyTime until = clock_.steady() + kHold;
  bool all_done = true;
  for (Unknown::value_type* named : some) {
    named->second.done = false;
    while (!named->second.done && clock_.steady() < until) explain_step(*named);
    all_done = all_done && named->second.done;
  }
  store_.commit();
  return all_done;
}

void Maintenance::explain_step(Unknown::value_type& named) {
  auto& [name, unknown] = named;
  const auto last = store_.explain_waiting(
      name, unknown.explained_up_to,
      "the configuration has no tracker named '" + core::readable(name) + "': add it, or cancel the row",
      kExplainedAtOnce);
  if (last) {
    unknown.explained_up_to = *last;
  } else if (unknown.begin_again) {
    unknown = {};
  } else {
    unknown.done = true;
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
