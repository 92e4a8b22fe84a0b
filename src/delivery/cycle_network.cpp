// The cycle's side of the network: what is sent when, and what an answer means.
#include <algorithm>
#include <utility>

#include "core/make_room.hpp"
#include "delivery/cycle.hpp"
#include "delivery/row_version.hpp"
#include "delivery/settlement.hpp"

namespace keitaro_outbox::delivery {

namespace {

using core::Millis;
using namespace std::chrono_literals;

/// All trackers together have so many requests in flight, or as many as the one with the most may have: each
/// takes up some 50 KiB. Those that are busy share them evenly, so that one that hangs takes none from
/// others.
constexpr int kInFlightOfAll = 512;

/// This thread may be away from the network for about so long, while a group is written and committed.
constexpr auto kAway = 5ms;

bool is_success(const core::Meaning& meaning) {
  return std::holds_alternative<core::TakenIn>(meaning);
}

std::optional<Millis> retry_after_of(const core::Meaning& meaning) {
  if (const auto* m = std::get_if<core::Throttled>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::TrackerTrouble>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::RowRefused>(&meaning)) return m->retry_after;
  return std::nullopt;
}

}  // namespace

void Cycle::take_answers() {
  transport_.collect(completions_);
  put_back_not_started();
  // What has not been settled when memory runs out is there for the next turn: an answer comes only once.
  for (; settled_ < completions_.size(); ++settled_) {
    const auto flight = flights_.find(completions_[settled_].ticket);
    if (flight == flights_.end()) continue;
    settle_flight(flight->second, completions_[settled_]);
    flights_.erase(flight);
  }
  completions_.clear();
  settled_ = 0;
}

/// Where memory runs out nothing has changed.
void Cycle::settle_flight(Flight& flight, const ports::Completion& completion) {
  TrackerQueue& queue = *flight.queue;
  Planned& planned = flight.planned;
  core::make_room(outcomes_);
  const ports::InProgressScope handling(mark_, planned.row.id);

  const TrackerSpec& spec = flight.sent_under ? *flight.sent_under : queue.spec;
  const core::TrackerRules& rules = spec.rules;
  const bool of_this_address = !flight.sent_under || core::same_addresses(rules, queue.spec.rules);
  const core::WallTime now = clock_.wall();
  const core::Meaning meaning = core::read_exchange(completion.exchange, planned.sentinel, now);
  // An answer is described in our own words; an error may be in those of a library that knows the URL.
  std::string what = core::describe(completion.exchange);
  if (!std::holds_alternative<core::Answer>(completion.exchange)) what = rules.scrub(what);

  const auto phase_before = queue.breaker.phase();
  const bool speaks_of_the_row = std::holds_alternative<core::RowRefused>(meaning);
  // A tracker that is ramping up has just taken in others: it does not refuse everybody.
  const bool outage_before =
      queue.breaker.outage() && !(speaks_of_the_row && phase_before == core::Breaker::Phase::ramping);
  const double pause_jitter = is_success(meaning) ? 0 : chance_.next();
  const bool only_too_often = of_this_address && is_only_too_often(queue, meaning);

  RowOutcome outcome = settled(planned, completion, meaning,
                               {.sent_under = spec,
                                .outage = outage_before || !of_this_address,
                                .exempt = only_too_often,
                                .now = now,
                                .jitter = chance_.next(),
                                .what = what});
  const bool tells_of_now = of_this_address && !completion.replayed;
  if (tells_of_now && is_success(meaning)) {
    queue.breaker.on_success(queue.spec.concurrency);
  } else if (tells_of_now && !only_too_often) {
    queue.breaker.on_failure(planned.row.id, queue.in_flight - 1, clock_.steady(), retry_after_of(meaning),
                             pause_jitter, speaks_of_the_row);
  }
  // Nothing fails from here on.
  if (!completion.replayed) own_troubles_ = 0;
  outcome.queue = &queue;
  outcome.subid = std::move(planned.row.subid);
  outcome.tid = std::move(planned.row.tid);
  if (is_success(meaning)) queue.answers_have_receipts = outcome.receipt.has_value();
  if (!outcome.receipt) ++queue.without_receipt;
  outcomes_.push_back(std::move(outcome));
  ++queue.unrecorded;
  --queue.in_flight;
  --in_flight_;
  --queue.begun;
  queue.count_begun();
  if (completion.failed) {
    ++queue.failures_read;
    queue.recall();
  }
  if (tells_of_now) learn_pace(queue, completion, is_success(meaning));
  tell_breaker(queue, phase_before, what);
}

/// A 429 of a tracker that takes in others and does not ask to wait: nothing is out of order there.
bool Cycle::is_only_too_often(const TrackerQueue& queue, const core::Meaning& meaning) const {
  const auto* throttled = std::get_if<core::Throttled>(&meaning);
  return throttled != nullptr && !throttled->retry_after && queue.pace.explains_429(clock_.steady());
}

/// What an answer says of how much at once, and how often, the tracker can be asked. The request is out of
/// `in_flight` already.
void Cycle::learn_pace(TrackerQueue& queue, const ports::Completion& completion, bool taken_in) {
  if (taken_in) {
    queue.pace.on_taken_in(clock_.steady());
    queue.concurrency.on_answer(completion.latency, queue.in_flight + 1);
  } else if (const auto* answer = std::get_if<core::Answer>(&completion.exchange)) {
    const int status = answer->http_status;
    // Once a pace is being found a 429 says how often, not how many at once: with fewer in flight a distant
    // tracker would never be asked as often as it allows.
    const bool too_often = status == 429 && queue.pace.explains_429(clock_.steady());
    if (status == 429) queue.pace.on_throttled(clock_.steady());
    if (!too_often && (status == 429 || status == 408 || (status >= 500 && status < 600)))
      queue.concurrency.on_overload();
  } else if (std::holds_alternative<core::AnswerLost>(completion.exchange)) {
    queue.concurrency.on_overload();
  }
}

void Cycle::dispatch(TrackerQueue& queue, bool store_is_open) {
  const int slots = sendable(queue);
  for (int sent = 0; sent < slots; ++sent) {
    // The row's place in flight is made before the row is taken out of those that are ready.
    core::make_room(to_submit_);
    Flight& flight = flights_[next_ticket_];
    auto planned = next_to_send(queue, store_is_open);
    if (!planned) break;
    send(queue, std::move(*planned), flight);
    queue.count_sent();  // At once: the look at the next row may fail.
  }
}

/// How many of its planned rows may be sent now.
int Cycle::sendable(TrackerQueue& queue) {
  if (stopping_ || store_failures_ > 0 || is_in_own_trouble() || !queue.may_send() || queue.ready.empty())
    return 0;
  const int allowed = permits(queue);
  const int free =
      std::min(std::max(allowed + prefetch(queue) - queue.in_flight, 0), queue.uncommitted_room());
  return queue.paced(clock_.steady(), free);
}

/// How many may wait at the transport for their turn, so that none is missed while this thread waits for the
/// disk: as many as end meanwhile. None where it is to be decided here when the next one begins.
int Cycle::prefetch(const TrackerQueue& queue) const {
  const auto latency = queue.concurrency.usual_latency();
  if (!latency || !queue.gate || queue.breaker.in_doubt() || queue.rate.limits() || queue.pace.per_second())
    return 0;
  const auto ends_meanwhile =
      queue.gate->permits * kAway / std::max<std::chrono::microseconds>(*latency, 1us);
  return static_cast<int>(std::min<std::int64_t>(ends_meanwhile, queue.uncommitted_limit()));
}

std::optional<Planned> Cycle::next_to_send(TrackerQueue& queue, bool store_is_open) {
  while (!queue.ready.empty()) {
    const auto next = queue.breaker.in_doubt() ? any_row(queue) : queue.ready.begin();
    if (next->commit_generation != commit_generation_ && !store_is_open) return std::nullopt;
    // Asked before the row is taken out: where the store fails, it must not be lost.
    const bool still_ready = next->commit_generation == commit_generation_ || loader_.still_ready(*next);
    core::make_room(outcomes_);
    Planned planned = std::move(*next);
    queue.ready.erase(next);
    if (still_ready) return planned;

    // Cancelled, finished or rescheduled by another's hand, or an earlier row of the click is to go first.
    RowOutcome outcome;
    outcome.queue = &queue;
    outcome.subid = std::move(planned.row.subid);
    outcome.result.id = planned.row.id;
    outcome.withdrawn = true;
    outcomes_.push_back(std::move(outcome));
    ++queue.unrecorded;
  }
  return std::nullopt;
}

/// Any row that was not tried before, else any but the one that failed last: rows that fail by themselves
/// must not be all that an outage is judged by.
std::deque<Planned>::iterator Cycle::any_row(TrackerQueue& queue) {
  const auto at = static_cast<std::ptrdiff_t>(chance_.next() * static_cast<double>(queue.ready.size()));
  const auto chosen = queue.ready.begin() + at;
  const auto untried = [](const Planned& planned) { return planned.row.attempts == 0; };
  if (const auto found = std::find_if(chosen, queue.ready.end(), untried); found != queue.ready.end())
    return found;
  if (const auto found = std::find_if(queue.ready.begin(), chosen, untried); found != chosen) return found;
  if (chosen->row.id != queue.breaker.last_failed()) return chosen;
  return std::next(chosen) != queue.ready.end() ? std::next(chosen) : queue.ready.begin();
}

/// There is room in `to_submit_`; `flight` is that of the next ticket.
void Cycle::send(TrackerQueue& queue, Planned planned, Flight& flight) {
  const std::uint64_t version = version_of(planned.row, planned.url, planned.sentinel);
  to_submit_.push_back({.ticket = next_ticket_++,
                        .row = planned.row.id,
                        .flow = queue.number,
                        .url = std::move(planned.url),
                        .sentinel = planned.sentinel,
                        .timeout = queue.spec.request_timeout,
                        .allow_private = queue.spec.allow_private,
                        .version = version,
                        .generation = queue.generation});
  flight.queue = &queue;
  flight.planned = std::move(planned);
  ++queue.in_flight;
  ++in_flight_;
  queue.count_begun();
}

int Cycle::permits(TrackerQueue& queue) {
  const auto phase_before = queue.breaker.phase();
  const int allowed = queue.breaker.permits(clock_.steady(), queue.spec.concurrency);
  tell_breaker(queue, phase_before, "the pause is over");
  return std::min({allowed, queue.concurrency.value(), queue.max_in_flight});
}

void Cycle::rebalance() {
  int busy = 0;
  int all = kInFlightOfAll;
  for (const TrackerQueue& queue : queues_) {
    if (queue.busy()) ++busy;
    if (!queue.retired) all = std::max(all, queue.spec.concurrency);
  }
  for (TrackerQueue& queue : queues_) queue.share(all / std::max(busy, 1));
}

/// As many as its tracker bears, or its share; none while nothing may be sent. After a failure nothing more
/// is begun before it has been decided what that means.
ports::Gate Cycle::wanted_gate(const TrackerQueue& queue) const {
  const bool shut = stopping_ || store_failures_ > 0 || is_in_own_trouble() || !queue.may_send();
  return {.permits = shut ? 0 : std::min(queue.concurrency.value(), queue.max_in_flight),
          .generation = queue.generation,
          .stops_at_failure = true,
          .failures_read = queue.failures_read};
}

/// A gate is told when something is in flight behind it.
void Cycle::set_gates() {
  for (TrackerQueue& queue : queues_) {
    if (queue.in_flight == 0) continue;
    const ports::Gate gate = wanted_gate(queue);
    if (queue.gate == gate) continue;
    transport_.set_gate(queue.number, gate);
    queue.gate = gate;
    queue.count_begun();
  }
}

/// Where memory runs out the next turn tells the transport.
void Cycle::try_to_set_gates() noexcept {
  try {
    set_gates();
  } catch (const std::bad_alloc&) {
  }
}

/// No request comes before its gate.
void Cycle::submit() {
  set_gates();
  transport_.submit(to_submit_);
}

void Cycle::tell_breaker(TrackerQueue& queue, core::Breaker::Phase before, std::string_view why) {
  if (queue.breaker.phase() == before) return;
  notes_.changed(queue, why);
  observer_.on_breaker(queue.name(), queue.breaker.phase(), why);
}

}  // namespace keitaro_outbox::delivery
