#include "delivery/cycle.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "core/make_room.hpp"
#include "delivery/row_version.hpp"
#include "delivery/settlement.hpp"
#include "ports/out_of_memory.hpp"

namespace keitaro_outbox::delivery {

namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

/// All trackers together have so many requests in flight, or as many as the one with the most may have: each
/// takes up some 50 KiB. Those that are busy share them evenly, so that one that hangs takes none from
/// others.
constexpr int kInFlightOfAll = 512;

/// This thread may be away from the network for about so long, while a group is written and committed.
constexpr auto kAway = 5ms;

constexpr auto kFirstStorePause = 50ms;
constexpr auto kLongestStorePause = 5s;

/// A scheduled row is looked for so often at least: the wall's clock may be set meanwhile, and its time may
/// be farther off than a steady clock can tell.
constexpr auto kLongestRest = 60s;

bool is_success(const core::Meaning& meaning) {
  return std::holds_alternative<core::TakenIn>(meaning);
}

std::optional<Millis> retry_after_of(const core::Meaning& meaning) {
  if (const auto* m = std::get_if<core::Throttled>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::TrackerTrouble>(&meaning)) return m->retry_after;
  if (const auto* m = std::get_if<core::RowRefused>(&meaning)) return m->retry_after;
  return std::nullopt;
}

void earliest(std::optional<SteadyTime>& soonest, std::optional<SteadyTime> time) {
  if (time && (!soonest || *time < *soonest)) soonest = time;
}

}  // namespace

Cycle::Cycle(ports::Store& store, ports::Transport& transport, const ports::Clock& clock,
             ports::Chance& chance, ports::Observer& observer, std::vector<TrackerSpec> trackers)
    : store_(store),
      transport_(transport),
      clock_(clock),
      chance_(chance),
      observer_(observer),
      loader_(store, clock),
      recorder_(store, observer),
      notes_(store, clock),
      pace_(clock),
      upkeep_(store, clock, observer) {
  for (auto& tracker : trackers) add_lane(std::move(tracker));
}

std::optional<SteadyTime> Cycle::turn() {
  try {
    take_turn();
  } catch (const std::bad_alloc&) {
    // Each step makes room before it changes anything, so what is left undone is done by a later turn.
    // Answers are read in a pause as well: that is no further news.
    if (!store_is_paused()) store_failed(ports::kOutOfMemory);
  }
  return next_turn();
}

void Cycle::take_turn() {
  if (stopping_ || store_failures_ > 0) take_back_waiting();
  take_answers();
  if (store_is_paused()) return;
  share_out();
  tell_limits();
  refill();
  try {
    use_store();
    if (store_failures_ > 0) observer_.on_store_recovered();
    store_failures_ = 0;
    store_retry_at_.reset();
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  }
  transport_.submit(to_submit_);
}

/// Fills free slots before the disk is waited for, where nobody has touched the planned rows.
void Cycle::refill() {
  const bool could =
      std::any_of(lanes_.begin(), lanes_.end(), [&](Lane& lane) { return sendable(lane) > 0; });
  if (!could || notice_commits()) return;
  for (Lane& lane : lanes_) dispatch(lane, false);
  transport_.submit(to_submit_);
}

bool Cycle::notice_commits() {
  try {
    if (!commits_noticed_ && store_.foreign_commits()) commits_noticed_ = true;
  } catch (const ports::StoreError&) {
    commits_noticed_ = true;  // There may be some. The turn meets the same error and deals with it.
  } catch (const std::bad_alloc&) {
    commits_noticed_ = true;  // The same.
  }
  return commits_noticed_;
}

void Cycle::note_handling(const ports::HandlingMark& mark) {
  mark_ = mark;
  loader_.note_handling(mark);
  recorder_.note_handling(mark);
}

void Cycle::try_store_again() {
  if (store_retry_at_) store_retry_at_ = clock_.steady();
}

void Cycle::stop_sending() {
  stopping_ = true;
  try_to_take_back_waiting();
  for (Lane& lane : lanes_) put_back_planned(lane);
}

bool Cycle::drained() {
  if (!at_rest() || store_failures_ > 0) return false;
  try {
    store_.begin_read();
    const bool pending = std::any_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
      return lane.may_send() && store_.has_pending(lane.name());
    });
    store_.commit();
    return !pending;
  } catch (const ports::StoreError& error) {
    store_failed(error.what());
  } catch (const std::bad_alloc&) {
    store_failed(ports::kOutOfMemory);
  }
  return false;
}

std::size_t Cycle::rows_in_memory() const {
  std::size_t rows = 0;
  for (const Lane& lane : lanes_) rows += lane.held.size() + lane.to_park.size();
  return rows;
}

// --- the network's side

void Cycle::take_answers() {
  put_back_taken();
  transport_.collect(completions_);
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
  Lane& lane = *flight.lane;
  Planned& planned = flight.planned;
  core::make_room(outcomes_);
  const ports::Handling handling(mark_, planned.row.id);

  const TrackerSpec& spec = flight.sent_under ? *flight.sent_under : lane.spec;
  const core::TrackerRules& rules = spec.rules;
  const bool of_this_address = !flight.sent_under || core::same_addresses(rules, lane.spec.rules);
  const core::WallTime now = clock_.wall();
  const core::Meaning meaning = core::read_exchange(completion.exchange, planned.sentinel, now);
  // An answer is described in our own words; an error may be in those of a library that knows the URL.
  std::string what = core::describe(completion.exchange);
  if (!std::holds_alternative<core::Answer>(completion.exchange)) what = rules.scrub(what);

  // Nothing more is begun, before it has been decided what this means.
  if (!is_success(meaning)) take_back_waiting(lane);

  const auto phase_before = lane.breaker.phase();
  const bool speaks_of_the_row = std::holds_alternative<core::RowRefused>(meaning);
  // A tracker that is ramping up has just taken in others: it does not refuse everybody.
  const bool outage_before =
      lane.breaker.outage() && !(speaks_of_the_row && phase_before == core::Breaker::Phase::ramping);
  const double pause_jitter = is_success(meaning) ? 0 : chance_.next();
  const bool only_too_often = of_this_address && is_only_too_often(lane, meaning);

  Outcome outcome = settled(planned, completion, meaning,
                            {.sent_under = spec,
                             .outage = outage_before || !of_this_address,
                             .spared = only_too_often,
                             .now = now,
                             .jitter = chance_.next(),
                             .what = what});
  const bool tells_of_now = of_this_address && !completion.redeemed;
  if (tells_of_now && is_success(meaning)) {
    lane.breaker.on_success(lane.spec.concurrency);
  } else if (tells_of_now && !only_too_often) {
    lane.breaker.on_failure(planned.row.id, lane.in_flight - 1, clock_.steady(), retry_after_of(meaning),
                            pause_jitter, speaks_of_the_row);
  }
  // Nothing fails from here on.
  outcome.lane = &lane;
  outcome.subid = std::move(planned.row.subid);
  outcome.tid = std::move(planned.row.tid);
  if (is_success(meaning)) lane.answers_have_receipts = outcome.receipt.has_value();
  if (!outcome.receipt) ++lane.without_receipt;
  outcomes_.push_back(std::move(outcome));
  ++lane.unrecorded;
  --lane.in_flight;
  --in_flight_;
  if (tells_of_now) learn_pace(lane, completion, is_success(meaning));
  tell_breaker(lane, phase_before, what);
}

/// A 429 of a tracker that takes in others and does not ask to wait: nothing is out of order there.
bool Cycle::is_only_too_often(const Lane& lane, const core::Meaning& meaning) const {
  const auto* throttled = std::get_if<core::Throttled>(&meaning);
  return throttled != nullptr && !throttled->retry_after && lane.pace.explains_429(clock_.steady());
}

/// What an answer says of how much at once, and how often, the tracker can be asked. The request is out of
/// `in_flight` already.
void Cycle::learn_pace(Lane& lane, const ports::Completion& completion, bool taken_in) {
  if (taken_in) {
    lane.pace.on_taken_in(clock_.steady());
    lane.concurrency.on_answer(completion.latency, lane.in_flight + 1);
  } else if (const auto* answer = std::get_if<core::Answer>(&completion.exchange)) {
    const int status = answer->http_status;
    // Once a pace is being found a 429 says how often, not how many at once: with fewer in flight a distant
    // tracker would never be asked as often as it allows.
    const bool too_often = status == 429 && lane.pace.explains_429(clock_.steady());
    if (status == 429) lane.pace.on_throttled(clock_.steady());
    if (!too_often && (status == 429 || status == 408 || (status >= 500 && status < 600)))
      lane.concurrency.on_overload();
  } else if (std::holds_alternative<core::AnswerLost>(completion.exchange)) {
    lane.concurrency.on_overload();
  }
}

void Cycle::dispatch(Lane& lane, bool store_is_open) {
  const int slots = sendable(lane);
  for (int sent = 0; sent < slots; ++sent) {
    // The row's place in flight is made before the row is taken out of those that are ready.
    core::make_room(to_submit_);
    Flight& flight = flights_[next_ticket_];
    auto planned = next_to_send(lane, store_is_open);
    if (!planned) break;
    send(lane, std::move(*planned), flight);
    lane.count_sent();  // At once: the look at the next row may fail.
  }
}

/// How many of its planned rows may be sent now.
int Cycle::sendable(Lane& lane) {
  if (stopping_ || store_failures_ > 0 || !lane.may_send() || lane.ready.empty()) return 0;
  const int allowed = allowance(lane);
  const int free = std::min(std::max(allowed + ahead(lane) - lane.in_flight, 0), lane.uncommitted_room());
  return lane.paced(clock_.steady(), free);
}

/// How many may wait at the transport for their turn, so that none is missed while this thread waits for the
/// disk: as many as end meanwhile. None where it is to be decided here when the next one begins.
int Cycle::ahead(const Lane& lane) const {
  const auto latency = lane.concurrency.usual_latency();
  if (!latency || !lane.limit || lane.breaker.in_doubt() || lane.rate.limits() || lane.pace.per_second())
    return 0;
  const auto ends_meanwhile = *lane.limit * kAway / std::max<std::chrono::microseconds>(*latency, 1us);
  return static_cast<int>(std::min<std::int64_t>(ends_meanwhile, lane.uncommitted_limit()));
}

std::optional<Planned> Cycle::next_to_send(Lane& lane, bool store_is_open) {
  while (!lane.ready.empty()) {
    const auto next = lane.breaker.in_doubt() ? any_row(lane) : lane.ready.begin();
    if (next->epoch != epoch_ && !store_is_open) return std::nullopt;
    // Asked before the row is taken out: where the store fails, it must not be lost.
    const bool still_ready = next->epoch == epoch_ || loader_.still_ready(*next);
    core::make_room(outcomes_);
    Planned planned = std::move(*next);
    lane.ready.erase(next);
    if (still_ready) return planned;

    // Cancelled, finished or rescheduled by another's hand, or an earlier row of the click is to go first.
    Outcome outcome;
    outcome.lane = &lane;
    outcome.subid = std::move(planned.row.subid);
    outcome.result.id = planned.row.id;
    outcome.withdrawn = true;
    outcomes_.push_back(std::move(outcome));
    ++lane.unrecorded;
  }
  return std::nullopt;
}

/// Any row that was not tried before, else any but the one that failed last: rows that fail by themselves
/// must not be all that an outage is judged by.
std::deque<Planned>::iterator Cycle::any_row(Lane& lane) {
  const auto at = static_cast<std::ptrdiff_t>(chance_.next() * static_cast<double>(lane.ready.size()));
  const auto chosen = lane.ready.begin() + at;
  const auto untried = [](const Planned& planned) { return planned.row.attempts == 0; };
  if (const auto found = std::find_if(chosen, lane.ready.end(), untried); found != lane.ready.end())
    return found;
  if (const auto found = std::find_if(lane.ready.begin(), chosen, untried); found != chosen) return found;
  if (chosen->row.id != lane.breaker.last_failed()) return chosen;
  return std::next(chosen) != lane.ready.end() ? std::next(chosen) : lane.ready.begin();
}

/// There is room in `to_submit_`; `flight` is that of the next ticket.
void Cycle::send(Lane& lane, Planned planned, Flight& flight) {
  const std::uint64_t version = version_of(planned.row, planned.url, planned.sentinel);
  to_submit_.push_back({.ticket = next_ticket_++,
                        .row = planned.row.id,
                        .lane = lane.number,
                        .url = std::move(planned.url),
                        .sentinel = planned.sentinel,
                        .timeout = lane.spec.request_timeout,
                        .allow_private = lane.spec.allow_private,
                        .version = version});
  flight.lane = &lane;
  flight.planned = std::move(planned);
  ++lane.in_flight;
  ++in_flight_;
}

int Cycle::allowance(Lane& lane) {
  const auto phase_before = lane.breaker.phase();
  const int allowed = lane.breaker.allowance(clock_.steady(), lane.spec.concurrency);
  tell_breaker(lane, phase_before, "the pause is over");
  return std::min({allowed, lane.concurrency.value(), lane.at_once});
}

void Cycle::share_out() {
  int busy = 0;
  int all = kInFlightOfAll;
  for (const Lane& lane : lanes_) {
    if (lane.busy()) ++busy;
    if (!lane.retired) all = std::max(all, lane.spec.concurrency);
  }
  for (Lane& lane : lanes_) lane.share(all / std::max(busy, 1));
}

/// None of a lane's requests is begun beyond what its tracker bears, or its share.
void Cycle::tell_limits() {
  for (Lane& lane : lanes_) {
    const int limit = std::min(lane.concurrency.value(), lane.at_once);
    if (lane.limit == limit || !lane.busy()) continue;
    transport_.limit(lane.number, limit);
    lane.limit = limit;
  }
}

void Cycle::tell_breaker(Lane& lane, core::Breaker::Phase before, std::string_view why) {
  if (lane.breaker.phase() == before) return;
  notes_.changed(lane, why);
  observer_.on_breaker(lane.name(), lane.breaker.phase(), why);
}

// --- the store's side

void Cycle::use_store() {
  if (must_record()) {
    record();
    // Much may have been answered while the disk was waited for.
    take_answers();
    refill();
  }
  if (stopping_) return;
  if (must_load()) load();
  transport_.submit(to_submit_);
  look_after_others();
}

bool Cycle::must_record() const {
  const bool to_park = !stopping_ && std::any_of(lanes_.begin(), lanes_.end(),
                                                 [](const Lane& lane) { return !lane.to_park.empty(); });
  return to_park || (!outcomes_.empty() && clock_.steady() >= pace_.next_from());
}

void Cycle::record() {
  store_.begin_write();
  const SteadyTime locked = clock_.steady();
  // Parked before the outcomes are written: a row that holds its click in memory is then still pending in the
  // store, and frees what was parked behind it as its own outcome is written.
  if (!stopping_) {
    for (Lane& lane : lanes_) loader_.park_left(lane);
  }
  const std::size_t group = pace_.group_of(outcomes_.size());
  recorder_.write({outcomes_.data(), group});
  notes_.write();
  store_.publish();
  const SteadyTime published = clock_.steady();
  store_.sync();
  notes_.committed();
  for (Lane& lane : lanes_) lane.to_park.clear();
  recorder_.committed({outcomes_.data(), group});
  for (std::size_t i = 0; i < group; ++i) {
    if (outcomes_[i].receipt) transport_.acknowledge(*outcomes_[i].receipt);
  }
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(group));
  pace_.committed(group, locked, published);
  for (Lane& lane : lanes_) lane.commits_overlap = pace_.overlap();
}

bool Cycle::must_load() {
  const bool some_lane_must = std::any_of(lanes_.begin(), lanes_.end(), [&](Lane& lane) {
    const bool stale = lane.may_send() && !lane.ready.empty() && lane.ready.front().epoch != epoch_;
    return stale || may_load(lane);
  });
  return some_lane_must || notice_commits();
}

bool Cycle::may_load(Lane& lane) {
  // Candidates still to be parked come before any later row of their click.
  return lane.may_send() && lane.to_park.empty() && loader_.wanted(lane) && allowance(lane) > 0;
}

void Cycle::load() {
  store_.begin_read();
  if (store_.foreign_commits() || commits_noticed_) {
    commits_noticed_ = false;
    // What was there before the first look tells nothing of whether others commit now.
    if (std::exchange(store_seen_, true)) pace_.others_committed();
    ++epoch_;
    upkeep_.others_committed();
    // What waits at the transport is looked at again before it is begun, like all that is planned.
    take_back_waiting();
    for (Lane& lane : lanes_) lane.look_again();
    obey_pauses();
    share_out();
  }
  for (Lane& lane : lanes_) {
    if (may_load(lane)) loader_.load(lane, epoch_, outcomes_);
  }
  share_out();  // By now it is known who has nothing.
  tell_limits();
  for (Lane& lane : lanes_) dispatch(lane, true);
  store_.commit();
}

void Cycle::look_after_others() {
  if (const auto due = notes_.due_at(); due && *due <= clock_.steady()) write_tracker_notes();
  const auto known = [&](std::string_view name) {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [&](const Lane& lane) { return !lane.retired && lane.name() == name; });
  };
  if (!upkeep_.work(known)) return;
  for (Lane& lane : lanes_) lane.look_again();
}

void Cycle::store_failed(std::string_view what) {
  store_.rollback();
  ++store_failures_;
  try_to_take_back_waiting();
  const auto doubled = kFirstStorePause * (1 << std::min(store_failures_ - 1, 10));
  const auto pause = std::min<Millis>(doubled, kLongestStorePause);
  store_retry_at_ = clock_.steady() + pause;
  // Whatever was read in the transaction that failed is read again, the commits of others included.
  commits_noticed_ = true;
  observer_.on_store_trouble(what, pause);
}

// --- the clock's side

std::optional<SteadyTime> Cycle::next_turn() {
  if (store_retry_at_) return store_retry_at_;
  const SteadyTime now = clock_.steady();
  const core::WallTime wall = clock_.wall();
  std::optional<SteadyTime> soonest;
  if (!outcomes_.empty()) earliest(soonest, std::max(now, pace_.next_from()));
  if (stopping_) return soonest;
  earliest(soonest, upkeep_.due_at());
  earliest(soonest, notes_.due_at());
  for (Lane& lane : lanes_) {
    if (!lane.to_park.empty()) earliest(soonest, now);
    if (!lane.may_send()) continue;  // A commit, or the configuration, will wake us.
    const int allowed = allowance(lane);
    if (const auto probe_at = lane.breaker.probe_at()) {
      earliest(soonest, std::max(*probe_at, now));
      continue;
    }
    if (allowed <= lane.in_flight) continue;  // An answer will wake us.
    if (!lane.ready.empty() && lane.uncommitted_room() > 0)
      earliest(soonest, lane.paced_again_at().value_or(now));
    if (loader_.wanted(lane)) {
      earliest(soonest, now);
    } else if (lane.next_due && lane.ready.size() <= lane.ready_capacity() / 2) {
      earliest(soonest, now + std::clamp<Millis>(*lane.next_due - wall, 0ms, kLongestRest));
    }
  }
  return soonest;
}

}  // namespace keitaro_outbox::delivery
