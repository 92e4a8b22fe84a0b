// The cycle's trackers: how they do, which are paused, and how others take their place.
#include <algorithm>
#include <utility>

#include "delivery/cycle.hpp"

namespace keitaro_outbox::delivery {

void Cycle::reconfigure(std::vector<TrackerSpec> trackers) {
  if (stopping_) return;
  for (Lane& lane : lanes_) {
    const auto found = std::find_if(trackers.begin(), trackers.end(),
                                    [&](const TrackerSpec& spec) { return spec.rules.name == lane.name(); });
    if (found == trackers.end()) {
      retire(lane);
    } else {
      adopt(lane, std::move(*found));
      trackers.erase(found);
    }
  }
  for (TrackerSpec& spec : trackers) add_lane(std::move(spec));

  // Everything is looked at again, as if others had committed: pauses, rows, and which trackers are unknown.
  commits_noticed_ = true;
  std::vector<std::string> names;
  for (const Lane& lane : lanes_) {
    if (!lane.retired) names.push_back(lane.name());
  }
  upkeep_.reconfigured(names);
}

void Cycle::add_lane(TrackerSpec spec) {
  const ports::LaneNumber number{static_cast<std::uint32_t>(lanes_.size())};
  lanes_.emplace_back(number, std::move(spec));
}

void Cycle::adopt(Lane& lane, TrackerSpec spec) {
  // First what may fail for lack of memory; done twice it does no harm.
  take_back_waiting(lane);
  const auto before = std::make_shared<const TrackerSpec>(lane.spec);
  for (auto& [ticket, flight] : flights_) {
    if (flight.lane == &lane && !flight.sent_under) flight.sent_under = before;
  }
  put_back_planned(lane);
  lane.spec = std::move(spec);
  lane.retired = false;
  if (lane.spec.rate != before->rate) lane.rate = core::RateLimit(lane.spec.rate);
  const bool moved = !core::same_addresses(lane.spec.rules, before->rules);
  if (moved || lane.spec.concurrency != before->concurrency)
    lane.concurrency = core::ConcurrencyLimit(lane.spec.concurrency);
  if (!moved) return;
  lane.pace = {};
  forgive(lane, "it has a new address");
}

void Cycle::retire(Lane& lane) {
  take_back_waiting(lane);
  put_back_planned(lane);
  lane.to_park.clear();
  lane.paused = false;
  lane.retired = true;
}

/// Rows that are planned and not sent are as if they had never been loaded.
void Cycle::put_back_planned(Lane& lane) {
  for (const Planned& planned : lane.ready) lane.let_go(planned.row.id, planned.row.subid);
  lane.ready.clear();
}

/// What the transport has not begun is planned again, before all that came after it.
void Cycle::take_back_waiting(Lane& lane) {
  if (transport_.waiting() > 0) transport_.take_back(lane.number, taken_back_);
  put_back_taken();
}

void Cycle::take_back_waiting() {
  for (Lane& lane : lanes_) take_back_waiting(lane);
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
    Lane& lane = *flight->second.lane;
    lane.ready.emplace_front();  // Nothing fails from here on.
    lane.ready.front() = std::move(flight->second.planned);
    lane.ready.front().url = std::move(request.url);
    flights_.erase(flight);
    --lane.in_flight;
    --in_flight_;
  }
}

void Cycle::forgive(Lane& lane, std::string_view why) {
  const auto phase_before = lane.breaker.phase();
  lane.breaker = core::Breaker(lane.spec.breaker);
  tell_breaker(lane, phase_before, why);
}

/// In a transaction. A pause is a commit like any other, and so noticed as soon.
void Cycle::obey_pauses() {
  const auto paused = store_.paused_trackers();
  for (Lane& lane : lanes_) {
    const bool is_paused = std::binary_search(paused.begin(), paused.end(), lane.name());
    if (is_paused == lane.paused || lane.retired) continue;
    if (is_paused) take_back_waiting(lane);
    lane.paused = is_paused;
    is_paused ? observer_.on_paused(lane.name()) : observer_.on_resumed(lane.name());
  }
}

void Cycle::write_tracker_notes() {
  store_.begin_write();
  notes_.write();
  store_.commit();
  notes_.committed();
}

std::vector<TrackerStanding> Cycle::standing() const {
  std::vector<TrackerStanding> out;
  for (const Lane& lane : lanes_) {
    if (lane.retired && lane.in_flight == 0) continue;
    out.push_back({lane.name(), std::min(lane.in_flight, lane.limit.value_or(lane.in_flight)),
                   lane.breaker.phase(), lane.paused});
  }
  return out;
}

}  // namespace keitaro_outbox::delivery
