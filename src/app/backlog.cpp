#include "app/backlog.hpp"

#include <algorithm>

namespace keitaro_outbox::app {
namespace {

bool has_tracker(const Settings& settings, const std::string& name) {
  return std::ranges::any_of(settings.trackers,
                             [&](const delivery::TrackerSpec& spec) { return spec.rules.name == name; });
}

}  // namespace

std::vector<Backlog> backlogs_of(const std::vector<sqlite::StateCount>& counts, const Settings& settings) {
  std::vector<Backlog> out;
  for (const sqlite::StateCount& count : counts) {
    if (out.empty() || out.back().tracker != count.tracker) {
      out.emplace_back().tracker = count.tracker;
      if (!settings.trackers.empty()) out.back().known = has_tracker(settings, count.tracker);
    }
    Backlog& backlog = out.back();
    backlog.rows[static_cast<std::size_t>(count.state)] = count.rows;
    if (count.state == core::State::delivered) backlog.without_sentinel = count.marked;
    if (count.state != core::State::pending) continue;
    backlog.oldest_pending_at = count.oldest_created_at;
    backlog.next_retry_at = count.next_retry_at;
    backlog.next_scheduled_at = count.next_scheduled_at;
  }
  return out;
}

}  // namespace keitaro_outbox::app
