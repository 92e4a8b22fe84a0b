// The cycle's trackers: how they do, which are paused, and how others take their place.
#include <algorithm>
#include <utility>
#include <variant>

#include "delivery/cycle.hpp"

namespace keitaro_outbox::delivery {

namespace {

using namespace std::chrono_literals;

constexpr auto kFirstOwnTroublePause = 50ms;
constexpr auto kLongestOwnTroublePause = 5s;

}  // namespace

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
  try_to_set_gates();
}

void Cycle::add_queue(TrackerSpec spec) {
  const ports::FlowId number{static_cast<std::uint32_t>(queues_.size())};
  queues_.emplace_back(number, std::move(spec));
}

void Cycle::adopt(TrackerQueue& queue, TrackerSpec spec) {
  queue.recall();
  // First what may fail for lack of memory; done twice it does no harm.
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
  queue.recall();
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

void Cycle::recall_all() noexcept {
  for (TrackerQueue& queue : queues_) queue.recall();
  try_to_set_gates();
}

/// What the transport has not begun is planned again, before all that came after it; or it is as if it had
/// never been loaded, where it was planned under other settings. Where memory runs out the next call goes on.
void Cycle::put_back_not_started() {
  const core::OwnTrouble* trouble = nullptr;
  for (std::size_t i = completions_.size(); i-- > settled_;) {
    ports::Completion& completion = completions_[i];
    if (!completion.not_started) continue;
    const auto found = flights_.find(completion.ticket);
    if (found == flights_.end()) continue;
    Flight& flight = found->second;
    TrackerQueue& queue = *flight.queue;
    if (const auto* own = std::get_if<core::OwnTrouble>(&completion.exchange)) {
      trouble = own;
      --queue.begun;
    }
    if (stopping_ || queue.retired || flight.sent_under) {
      queue.let_go(flight.planned.row.id, flight.planned.row.subid);
      queue.look_again();
    } else {
      queue.ready.emplace_front();  // Nothing fails from here on.
      queue.ready.front() = std::move(flight.planned);
      queue.ready.front().url = std::move(completion.url);
    }
    flights_.erase(found);
    --queue.in_flight;
    --in_flight_;
    queue.count_begun();
  }
  if (trouble != nullptr) meet_own_trouble(trouble->error);
}

/// Every request would meet it: no attempt is used up and no tracker blamed.
void Cycle::meet_own_trouble(std::string_view what) {
  if (is_in_own_trouble()) return;
  const auto doubled = kFirstOwnTroublePause * (1 << std::min(own_troubles_++, 10));
  const auto pause = std::min<core::Millis>(doubled, kLongestOwnTroublePause);
  own_trouble_until_ = clock_.steady() + pause;
  recall_all();
  observer_.on_own_trouble(what, pause);
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
    if (is_paused) queue.recall();
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
    out.push_back({queue.name(), queue.begun, queue.breaker.phase(), queue.paused});
  }
  return out;
}

}  // namespace keitaro_outbox::delivery
