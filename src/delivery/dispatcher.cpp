#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "core/make_room.hpp"
#include "delivery/row_version.hpp"

namespace keitaro_outbox::delivery {
namespace {

using namespace std::chrono_literals;

/// All trackers together have at most this many requests in flight, or as many as the one with the highest
/// `concurrency`. Each takes up some 50 KiB.
constexpr int kInFlightOfAll = 512;

/// The delivery thread is away from the network for about this long while it commits a group.
constexpr auto kAway = 5ms;

}  // namespace

void Dispatcher::rebalance() {
  const auto busy = static_cast<int>(std::ranges::count_if(queues_, &TrackerQueue::busy));
  int all = kInFlightOfAll;
  for (const TrackerQueue& queue : queues_) {
    if (!queue.retired()) all = std::max(all, queue.spec().concurrency);
  }
  for (TrackerQueue& queue : queues_)
    queue.budget.set_max_in_flight(std::clamp(all / std::max(busy, 1), 1, queue.spec().concurrency));
}

void Dispatcher::push_limits() {
  for (TrackerQueue& queue : queues_) {
    const int limit = std::min(queue.health.max_in_flight(), queue.budget.max_in_flight());
    if (queue.budget.transport_limit() == limit || !queue.busy()) continue;
    transport_.limit(queue.flow(), limit);
    queue.budget.set_transport_limit(limit);
  }
}

int Dispatcher::permits(TrackerQueue& queue) {
  const auto phase_before = queue.health.phase();
  const int allowed = queue.health.permits(clock_.steady());
  breaker_states_.note_change(queue, phase_before, "the pause is over");
  return std::min(allowed, queue.budget.max_in_flight());
}

int Dispatcher::sendable(TrackerQueue& queue) {
  if (!queue.may_send() || queue.ready().empty()) return 0;
  const int slots = permits(queue) + prefetch(queue) - queue.budget.in_flight();
  return queue.health.paced(clock_.steady(), std::min(std::max(slots, 0), queue.budget.room()));
}

/// How many may wait at the transport, so that no slot stays empty while this thread waits for the disk: as
/// many as end meanwhile. None where it must be decided here when the next one begins.
int Dispatcher::prefetch(const TrackerQueue& queue) const {
  const auto latency = queue.health.usual_latency();
  const auto limit = queue.budget.transport_limit();
  if (!latency || !limit || queue.health.in_doubt() || queue.health.is_paced()) return 0;
  const auto end_meanwhile = *limit * kAway / std::max<std::chrono::microseconds>(*latency, 1us);
  return static_cast<int>(std::min<std::int64_t>(end_meanwhile, queue.budget.uncommitted_limit()));
}

void Dispatcher::dispatch(TrackerQueue& queue, bool store_open) {
  for (int slots = sendable(queue); slots > 0 && !queue.ready().empty();) {
    const std::size_t next = next_row(queue);
    if (commits_.is_stale(queue.ready()[next])) {
      if (!store_open) return;
      const std::size_t count = queue.health.in_doubt() ? 1 : static_cast<std::size_t>(slots);
      if (!loader_.recheck(queue, next, count)) continue;
    }
    send(queue, next);
    --slots;
  }
}

/// While the tracker is in doubt any row that was not tried before, else any but the one that failed last:
/// rows that fail by themselves must not be all that an outage is judged by.
std::size_t Dispatcher::next_row(TrackerQueue& queue) {
  if (!queue.health.in_doubt()) return 0;
  const auto& ready = queue.ready();
  const auto chosen = static_cast<std::size_t>(random_.next() * static_cast<double>(ready.size()));
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const std::size_t at = (chosen + i) % ready.size();
    if (ready[at].row.attempts == 0) return at;
  }
  return ready[chosen].row.id == queue.health.last_failed() ? (chosen + 1) % ready.size() : chosen;
}

void Dispatcher::send(TrackerQueue& queue, std::size_t at) {
  // All that may fail comes before the row is taken out of those that are ready.
  PlannedRow& planned = queue.ready_at(at);
  core::make_room(to_submit_);
  ports::Request request{.ticket = next_ticket_,
                         .row = planned.row.id,
                         .flow = queue.flow(),
                         .url = {},
                         .sentinel = planned.sentinel,
                         .timeout = queue.spec().request_timeout,
                         .allow_private = queue.spec().allow_private,
                         .version = version_of(planned.row, planned.url, planned.sentinel)};
  Flight& flight = flights_[next_ticket_];
  ++next_ticket_;
  request.url = std::move(planned.url);
  flight.queue = &queue;
  flight.planned = queue.take_ready(at);
  to_submit_.push_back(std::move(request));
  queue.budget.on_sent();
  queue.health.on_sent();
}

void Dispatcher::collect(const std::function<void(Flight&, const ports::Completion&)>& settle) {
  plan_taken_back();
  transport_.collect(completions_);
  for (; settled_ < completions_.size(); ++settled_) {
    const auto flight = flights_.find(completions_[settled_].ticket);
    if (flight == flights_.end()) continue;
    settle(flight->second, completions_[settled_]);
    flights_.erase(flight);
  }
  completions_.clear();
  settled_ = 0;
}

void Dispatcher::take_back(TrackerQueue& queue) {
  if (transport_.waiting() > 0) transport_.take_back(queue.flow(), taken_back_);
  plan_taken_back();
}

void Dispatcher::take_back_all() {
  for (TrackerQueue& queue : queues_) take_back(queue);
}

void Dispatcher::try_take_back_all() noexcept {
  try {
    take_back_all();
  } catch (const std::bad_alloc&) {
  }
}

void Dispatcher::plan_taken_back() {
  for (; !taken_back_.empty(); taken_back_.pop_back()) {
    ports::Request& request = taken_back_.back();
    const auto flight = flights_.find(request.ticket);
    TrackerQueue& queue = *flight->second.queue;
    PlannedRow& planned = queue.put_back_first();  // Nothing fails from here on.
    planned = std::move(flight->second.planned);
    planned.url = std::move(request.url);
    flights_.erase(flight);
    queue.budget.on_taken_back();
  }
}

void Dispatcher::keep_settings(const TrackerQueue& queue) {
  const auto spec = std::make_shared<const TrackerSpec>(queue.spec());
  for (auto& [ticket, flight] : flights_) {
    if (flight.queue == &queue && !flight.sent_under) flight.sent_under = spec;
  }
}

}  // namespace keitaro_outbox::delivery
