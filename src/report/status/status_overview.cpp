#include "report/status/status_overview.hpp"

#include <algorithm>

namespace keitaro_outbox::report {
namespace {

/// What one transaction may take while rows are read to their end: no checkpoint waits for longer.
constexpr core::Millis kSlice{250};

bool has_tracker(const config::Settings& settings, const std::string& name) {
  return std::ranges::any_of(settings.trackers,
                             [&](const delivery::TrackerSpec& spec) { return spec.rules.name == name; });
}

std::size_t index_of(core::State state) {
  return static_cast<std::size_t>(state);
}

class Builder {
 public:
  explicit Builder(const config::Settings& settings) : settings_(settings) {}

  TrackerView& of(const std::string& tracker) {
    const auto [at, is_new] = views_.try_emplace(tracker);
    TrackerView& view = at->second;
    if (is_new) {
      view.tracker = tracker;
      if (!settings_.trackers.empty()) view.known = has_tracker(settings_, tracker);
    }
    return view;
  }

  std::vector<TrackerView> views() && {
    std::vector<TrackerView> out;
    for (auto& [tracker, view] : views_) out.push_back(std::move(view));
    return out;
  }

 private:
  const config::Settings& settings_;
  std::map<std::string, TrackerView> views_;
};

void add_waiting(const ports::Waiting& waiting, TrackerView& view) {
  view.rows[index_of(core::State::pending)] = waiting.pending();
  view.due = waiting.due;
  view.scheduled = waiting.later;
  view.behind = waiting.behind;
  view.oldest_due_at = waiting.oldest_due_at;
}

/// The rows were read at another moment than they were counted: of what is for later now, those that were in
/// backoff then are taken to be so still.
void add_details(const ports::PendingDetails& details, TrackerView& view) {
  const std::int64_t later = view.scheduled;
  view.in_backoff = details.scheduled == 0 ? later : std::min(details.in_backoff, later);
  view.scheduled = later - view.in_backoff;
  view.oldest_pending_at = details.oldest_created_at;
  view.next_retry_at = details.next_retry_at;
  view.next_scheduled_at = details.next_scheduled_at;
  view.pending_payout = details.payout;
  view.pending_payout_by_age = details.payout_by_age;
  view.pending_reasons = details.reasons;
}

void add_finished(const ports::FinishedCounts& counts, TrackerView& view) {
  // Dead and refused rows are counted at each look.
  for (const core::State state : {core::State::delivered, core::State::duplicate, core::State::cancelled})
    view.rows[index_of(state)] = counts.rows[index_of(state)];
  view.without_sentinel = counts.marked;
}

bool is_told_of(const ports::TrackerCondition& condition) {
  return condition.paused_at || condition.breaker != "closed" || condition.reason;
}

}  // namespace

Overview overview_of(const ports::StatusSnapshot& snapshot, const ports::BacklogReader& reader,
                     const config::Settings& settings, core::WallTime now) {
  const auto& pending = reader.pending();
  const auto& finished = reader.finished();
  Builder builder(settings);
  for (const auto& [tracker, waiting] : snapshot.waiting) {
    TrackerView& view = builder.of(tracker);
    add_waiting(waiting, view);
    if (const auto details = pending.of.find(tracker); details != pending.of.end())
      add_details(details->second, view);
  }
  for (const auto& [key, rows] : snapshot.failed) builder.of(key.first).rows[index_of(key.second)] = rows;
  for (const auto& [key, reasons] : snapshot.failed_reasons) {
    TrackerView& view = builder.of(key.first);
    (key.second == core::State::dead ? view.dead_reasons : view.refused_reasons) = reasons;
  }
  for (const auto& [tracker, counts] : finished.of) add_finished(counts, builder.of(tracker));
  for (const ports::TrackerCondition& condition : snapshot.conditions) {
    if (is_told_of(condition)) builder.of(condition.tracker).condition = condition;
  }
  return {.at = now,
          .unsure = snapshot.unsure,
          .worker_running = snapshot.worker_running,
          .workers = snapshot.workers,
          .groups_missing = snapshot.groups_missing,
          .trackers = std::move(builder).views(),
          .pending_whole = pending.whole,
          .finished_whole = finished.whole,
          .pending_read_at = pending.at,
          .finished_read_at = finished.at};
}

Overview look_once(ports::BacklogReader& reader, const config::Settings& settings, core::WallTime now,
                   std::optional<core::Millis> time) {
  const auto end = std::chrono::steady_clock::now() + time.value_or(core::Millis{0});
  const ports::StatusSnapshot& snapshot = reader.look(now, kSlice);
  while (reader.pass_under_way() && (!time || std::chrono::steady_clock::now() < end))
    reader.carry_on(kSlice);
  return overview_of(snapshot, reader, settings, now);
}

}  // namespace keitaro_outbox::report
