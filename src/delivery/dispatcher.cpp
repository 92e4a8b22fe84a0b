#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>
#include <variant>

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
  all = host_limit_.of(all, clock_.steady());
  for (TrackerQueue& queue : queues_)
    queue.budget.set_max_in_flight(std::clamp(all / std::max(busy, 1), 1, queue.spec().concurrency));
}

void Dispatcher::set_gates() {
  for (TrackerQueue& queue : queues_) {
    if (queue.budget.in_flight() == 0) continue;  // Nothing would notice.
    const bool may_send = !shut() && queue.may_send();
    const int permits = may_send ? std::min(queue.health.max_in_flight(), queue.budget.max_in_flight()) : 0;
    const ports::Gate gate = queue.gate.wanted(permits, queue.health.failures_are_usual());
    if (queue.gate.was_told(gate)) continue;
    transport_.set_gate(queue.flow(), gate);
    queue.gate.on_told(gate);
    queue.budget.on_gate_told(permits);
  }
}

void Dispatcher::try_set_gates() noexcept {
  try {
    set_gates();
  } catch (const std::bad_alloc&) {
  }
}

void Dispatcher::submit() {
  set_gates();
  if (!to_submit_.empty() && may_send_ && !may_send_()) return;
  transport_.submit(to_submit_);
}

int Dispatcher::permits(TrackerQueue& queue) {
  const auto phase_before = queue.health.phase();
  const bool untried = queue.health.outage() && queue.has_untried();
  const int allowed = queue.health.permits(clock_.steady(), untried, queue.budget.in_flight());
  breaker_states_.note_change(queue, phase_before, "the pause is over");
  return std::min(allowed, queue.budget.max_in_flight());
}

int Dispatcher::sendable(TrackerQueue& queue) {
  if (shut() || !queue.may_send() || queue.ready().empty()) return 0;
  const int slots = permits(queue) + prefetch(queue) - queue.budget.in_flight();
  const int wanted = std::min(std::max(slots, 0), queue.budget.room());
  // What is asked of the rates is what is there to be sent: they learn by whether that is more than they
  // allow.
  return queue.health.paced(clock_.steady(), std::min(wanted, static_cast<int>(queue.ready().size())));
}

/// How many may wait at the transport, so that no slot stays empty while this thread waits for the disk: as
/// many as end meanwhile. None where it must be decided here when the next one begins.
int Dispatcher::prefetch(const TrackerQueue& queue) const {
  const auto latency = queue.health.usual_latency();
  const auto permits = queue.budget.gate_permits();
  if (!latency || !permits || queue.health.in_doubt() || queue.health.is_paced()) return 0;
  auto end_meanwhile = *permits * kAway / std::max<std::chrono::microseconds>(*latency, 1us);
  // Where failures are usual the transport goes on after one: what waits there would go out in an outage too.
  constexpr std::int64_t kMostWhereFailuresAreUsual = core::CircuitBreaker::kShortestStreak;
  if (queue.health.failures_are_usual())
    end_meanwhile = std::min<std::int64_t>(end_meanwhile, kMostWhereFailuresAreUsual);
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
                         .version = version_of(planned.row, planned.url, planned.sentinel),
                         .generation = queue.gate.generation()};
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
  transport_.collect(completions_);
  put_back_not_started();
  for (; settled_ < completions_.size(); ++settled_) {
    const ports::Completion& completion = completions_[settled_];
    const auto flight = flights_.find(completion.ticket);
    if (flight == flights_.end()) continue;
    settle(flight->second, completion);
    if (completion.failed) {
      TrackerQueue& queue = *flight->second.queue;
      queue.gate.on_failure_read();
      if (!queue.health.failures_are_usual()) queue.recall();
    }
    // Answers to what was sent before the trouble do not tell that it is over.
    if (!completion.replayed && !own_trouble_.pausing()) own_trouble_.on_success();
    flights_.erase(flight);
  }
  completions_.clear();
  settled_ = 0;
}

/// The last one first, as each goes before all that is planned. Where memory runs out the next call goes on.
void Dispatcher::put_back_not_started() {
  const core::OwnTrouble* trouble = nullptr;
  for (std::size_t i = completions_.size(); i-- > settled_;) {
    ports::Completion& completion = completions_[i];
    if (!completion.not_started) continue;
    const auto flight = flights_.find(completion.ticket);
    if (flight == flights_.end()) continue;
    put_back(flight->second, completion);
    if (const auto* own = std::get_if<core::OwnTrouble>(&completion.exchange)) {
      trouble = own;
      flight->second.queue->budget.on_ended();
    } else {
      flight->second.queue->budget.on_not_started();
    }
    flights_.erase(flight);
  }
  if (trouble != nullptr) on_own_trouble(trouble->error);
}

/// The row is planned again; or it is as if it had never been loaded, where it was planned under other
/// settings.
void Dispatcher::put_back(Flight& flight, ports::Completion& completion) {
  TrackerQueue& queue = *flight.queue;
  if (stopped_ || queue.retired() || flight.sent_under) {
    queue.clicks.release(flight.planned.row.id, flight.planned.row.subid);
    queue.cursor.restart();
    return;
  }
  PlannedRow& planned = queue.put_back_first();  // Nothing fails from here on.
  planned = std::move(flight.planned);
  planned.url = std::move(completion.url);
}

/// Every request would meet it: no attempt is used up, and no tracker is blamed.
void Dispatcher::on_own_trouble(std::string_view what) {
  if (own_trouble_.pausing()) return;
  host_lacks_ = what;
  host_limit_.on_trouble(begun(), clock_.steady());
  const core::Millis pause = own_trouble_.on_failure();
  recall_all();
  observer_.on_own_trouble(what, pause);
}

void Dispatcher::stop() noexcept {
  stopped_ = true;
  recall_all();
}

void Dispatcher::recall_all() noexcept {
  for (TrackerQueue& queue : queues_) queue.recall();
  try_set_gates();
}

int Dispatcher::begun() const {
  int begun = 0;
  for (const TrackerQueue& queue : queues_) begun += queue.budget.begun();
  return begun;
}

void Dispatcher::keep_settings(const TrackerQueue& queue) {
  const auto spec = std::make_shared<const TrackerSpec>(queue.spec());
  for (auto& [ticket, flight] : flights_) {
    if (flight.queue == &queue && !flight.sent_under) flight.sent_under = spec;
  }
}

}  // namespace keitaro_outbox::delivery
