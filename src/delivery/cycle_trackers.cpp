// The cycle's trackers: how they do, which are paused, and how others take their place.
#include <algorithm>
#include <utility>

#include "delivery/cycle.hpp"

namespace keitaro_outbox::delivery {

void Cycle::reconfigure(std::vector<TrackerSpec> trackers) {
  if (stopping_) return;
  for (TrackerQueue& queue : queues_) {
    const auto found = std::find_if(trackers.begin(), trackers.end(),
                                    [&](const TrackerSpec& spec) { return spec.rules.name == queue.name(); });
    if (found == trackers.end()) {
      retire(queue);
    } else {
      adopt(queue, std::move(*found));
      trackers.erase(found);
    }
  }
  for (TrackerSpec& spec : trackers) add_queue(std::move(spec));

  // Everything is looked at again, as if others had committed: pauses, rows, and which trackers are unknown.
  commits_noticed_ = true;
  std::vector<std::string> names;
  for (const TrackerQueue& queue : queues_) {
    if (!queue.retired) names.push_back(queue.name());
  }
  maintenance_.reconfigured(names);
}

void Cycle::add_queue(TrackerSpec spec) {
  const ports::FlowId number{static_cast<std::uint32_t>(queues_.size())};
  queues_.emplace_back(number, std::move(spec));
}

void Cycle::adopt(TrackerQueue& queue, TrackerSpec spec) {
  // First what may fail for lack of memory; done twice it does no harm.
  take_back_waiting(queue);
  const auto before = std::make_shared<const TrackerSpec>(queue.spec);
  for (auto& [ticket, flight] : flights_) {
    if (flight.queue == &queue && !flight.sent_under) flight.sent_under = before;
  }
  put_back_planned(queue);
  queue.spec = std::move(spec);
  queue.retired = false;
  if (queue.spec.rate != before->rate) queue.rate = core::RateLimit(queue.spec.rate);
  const bool moved = !core::same_addresses(queue.spec.rules, before->rules);
  if (moved || queue.spec.concurrency != before->concurrency)
    queue.concurrency = core::ConcurrencyLimit(queue.spec.concurrency);
  if (!moved) return;
  queue.pace = {};
  reset_breaker(queue, "it has a new address");
}

void Cycle::retire(TrackerQueue& queue) {
  take_back_waiting(queue);
  put_back_planned(queue);
  queue.to_block.clear();
  queue.paused = false;
  queue.retired = true;
}

/// Rows that are planned and not sent are as if they had never been loaded.
void Cycle::put_back_planned(TrackerQueue& queue) {
  for (const Planned& planned : queue.ready) queue.let_go(planned.row.id, planned.row.subid);
  queue.ready.clear();
}

/// What the transport has not begun is planned again, before all that came after it.
void Cycle::take_back_waiting(TrackerQueue& queue) {
  if (transport_.waiting() > 0) transport_.take_back(queue.number, taken_back_);
  put_back_taken();
}

void Cycle::take_back_waiting() {
  for (TrackerQueue& queue : queues_) take_back_waiting(queue);
}

/// Where memory runs out the next turn does it.
void Cycle::try_to_take_back_waiting() noexcept {
  try {
    take_back_waiting();
  } catch (const std::bad_alloc&) {
  }
}

/// Where memory runs out the next call goes on.
void Cycle::put_back_taken() {
  for (; !taken_back_.empty(); taken_back_.pop_back()) {
    ports::Request& request = taken_back_.back();
    const auto flight = flights_.find(request.ticket);
    TrackerQueue& queue = *flight->second.queue;
    queue.ready.emplace_front();  // Nothing fails from here on.
    queue.ready.front() = std::move(flight->second.planned);
    queue.ready.front().url = std::move(request.url);
    flights_.erase(flight);
    --queue.in_flight;
    --in_flight_;
  }
}

void Cycle::reset_breaker(TrackerQueue& queue, std::string_view why) {
  const auto phase_before = queue.breaker.phase();
  queue.breaker = core::Breaker(queue.spec.breaker);
  tell_breaker(queue, phase_before, why);
}

/// In a transaction. A pause is a commit like any other, and so noticed as soon.
void Cycle::obey_pauses() {
  const auto paused = store_.paused_trackers();
  for (TrackerQueue& queue : queues_) {
    const bool is_paused = std::binary_search(paused.begin(), paused.end(), queue.name());
    if (is_paused == queue.paused || queue.retired) continue;
    if (is_paused) take_back_waiting(queue);
    queue.paused = is_paused;
    is_paused ? observer_.on_paused(queue.name()) : observer_.on_resumed(queue.name());
  }
}

void Cycle::write_breaker_states() {
  store_.begin_write();
  notes_.write();
  store_.commit();
  notes_.committed();
}

std::vector<TrackerSnapshot> Cycle::standing() const {
  std::vector<TrackerSnapshot> out;
  for (const TrackerQueue& queue : queues_) {
    if (queue.retired && queue.in_flight == 0) continue;
    out.push_back({queue.name(), std::min(queue.in_flight, queue.limit.value_or(queue.in_flight)),
                   queue.breaker.phase(), queue.paused});
  }
  return out;
}

}  // namespace keitaro_outbox::delivery
