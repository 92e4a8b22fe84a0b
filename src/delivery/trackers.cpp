#include "delivery/trackers.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace keitaro_outbox::delivery {

void Trackers::add(TrackerSpec spec) {
  breaker_states_.introduce(spec.rules.name);
  const ports::FlowId flow{static_cast<std::uint32_t>(queues_.size())};
  queues_.emplace_back(flow, std::move(spec)).budget.set_commit_span(commit_span_);
}

void Trackers::reconfigure(std::vector<TrackerSpec> specs) {
  for (TrackerQueue& queue : queues_) {
    queue.recall();
    const auto found =
        std::ranges::find_if(specs, [&](const TrackerSpec& spec) { return spec.rules.name == queue.name(); });
    if (found == specs.end()) {
      queue.retire();
    } else {
      change(queue, std::move(*found));
      specs.erase(found);
    }
  }
  for (TrackerSpec& spec : specs) add(std::move(spec));
}

void Trackers::change(TrackerQueue& queue, TrackerSpec spec) {
  dispatcher_.keep_settings(queue);  // First, as it may fail for lack of memory; done twice it does no harm.
  const auto phase_before = queue.health.phase();
  const bool moved = !core::same_addresses(spec.rules, queue.spec().rules);
  queue.change(std::move(spec), moved);
  breaker_states_.note_change(queue, phase_before, "it has a new address");
}

void Trackers::take_over(std::span<const ports::BreakerState> open_breakers) {
  for (const ports::BreakerState& earlier : open_breakers) {
    const auto queue = std::ranges::find(queues_, earlier.tracker, &TrackerQueue::name);
    if (queue != queues_.end()) breaker_states_.take_over(*queue, earlier);
  }
}

void Trackers::obey_pauses(std::span<const std::string> paused) {
  for (TrackerQueue& queue : queues_) {
    const bool is_paused = std::ranges::binary_search(paused, queue.name());
    if (is_paused == queue.paused() || queue.retired()) continue;
    if (is_paused) queue.recall();
    queue.set_paused(is_paused);
    is_paused ? observer_.on_paused(queue.name()) : observer_.on_resumed(queue.name());
  }
}

bool Trackers::is_configured(std::string_view name) const {
  return std::ranges::any_of(
      queues_, [&](const TrackerQueue& queue) { return !queue.retired() && queue.name() == name; });
}

std::vector<std::string> Trackers::names() const {
  std::vector<std::string> names;
  for (const TrackerQueue& queue : queues_) {
    if (!queue.retired()) names.push_back(queue.name());
  }
  return names;
}

std::vector<TrackerSnapshot> Trackers::snapshots() const {
  std::vector<TrackerSnapshot> out;
  for (const TrackerQueue& queue : queues_) {
    if (queue.retired() && queue.budget.in_flight() == 0) continue;
    out.push_back(
        {queue.name(), queue.budget.begun(), queue.health.phase(), queue.paused(), queue.health.standing()});
  }
  return out;
}

}  // namespace keitaro_outbox::delivery
