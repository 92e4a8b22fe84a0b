#include "schedules/simulation.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace keitaro_outbox::simulation {
namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

/// So many answers outlive a worker: fewer than may be in flight.
constexpr std::size_t kAcks = 8;

/// Commits are noticed by a poll at the latest.
constexpr Millis kSlowPoll = 100ms;

std::vector<KnownTracker> any_trackers(SimRandom& chance, Sabotage sabotage) {
  std::vector<KnownTracker> trackers;
  const auto count = chance.between(1, 3);
  for (std::int64_t i = 0; i < count; ++i) {
    KnownTracker tracker{tracker_named("t" + std::to_string(i)), {}};
    delivery::TrackerSpec& spec = tracker.spec;
    spec.concurrency = static_cast<int>(chance.between(1, 6));
    spec.request_timeout = Millis{chance.between(500, 10'000)};
    spec.rate = chance.happens(0.15) ? static_cast<double>(chance.between(2, 100)) : 0;
    spec.retry.first_delay = Millis{chance.between(1, 2'000)};
    spec.retry.max_delay = spec.retry.first_delay + Millis{chance.between(0, 30'000)};
    spec.retry.max_attempts = static_cast<int>(chance.between(1, 20));
    if (chance.happens(0.3)) {
      spec.rules.style = core::Style::raw;
      tracker.manners.raw = true;
    }
    if (chance.happens(0.3)) {
      spec.rules.transitions.allow({core::Status::rejected, core::Status::sale});
      tracker.manners.takes_returns = true;
    }
    sabotage_tracker(sabotage, spec);
    trackers.push_back(std::move(tracker));
  }
  return trackers;
}

std::vector<delivery::TrackerSpec> specs_of(const std::vector<KnownTracker>& trackers) {
  std::vector<delivery::TrackerSpec> specs;
  for (const KnownTracker& tracker : trackers) specs.push_back(tracker.spec);
  return specs;
}

}  // namespace

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      chance_(options.seed),
      trackers_(any_trackers(chance_, options.sabotage)),
      world_({.trackers = specs_of(trackers_),
              .seed = options.seed,
              .hooks = this,
              .wiretap = this,
              .wrap_store = sabotaged_store(options.sabotage),
              .acks = kAcks,
              .replays_acks = options.sabotage != Sabotage::acks}),
      oracle_(world_.clock, world_.database, world_.receiver, world_.transport, trackers_),
      fate_(chance_, world_.clock),
      people_(world_.database, world_.clock, chance_, static_cast<int>(trackers_.size())) {
  for (const KnownTracker& tracker : trackers_) {
    const std::string& name = tracker.spec.rules.name;
    world_.receiver.behave(
        name, [this, name](const Arrival& arrival) { return reply_in(moods_[name], arrival, chance_); });
  }
}

std::optional<std::string> Simulation::run() {
  try {
    troubled_times();
    heal_and_finish();
  } catch (const Violation& violation) {
    tell_what_is_pending();
    return violation.what();
  } catch (const std::exception& error) {
    return std::string("an error got out: ") + error.what();
  }
  return std::nullopt;
}

void Simulation::troubled_times() {
  const auto events = chance_.between(12, 42);
  for (std::int64_t i = 0; i < events; ++i) {
    const double haste = chance_.next();
    const std::int64_t longest = haste < 0.4 ? 10 : haste < 0.7 ? 300 : haste < 0.95 ? 5'000 : 120'000;
    live_until(world_.clock.steady() + Millis{chance_.below(static_cast<std::uint64_t>(longest))});
    something_happens();
  }
}

void Simulation::something_happens() {
  const double what = chance_.next();
  if (what < 0.70) {
    people_act(people_.act());
  } else if (what < 0.80) {
    change_mood();
  } else if (what < 0.86) {
    trouble_the_store();
  } else if (what < 0.92) {
    end_the_worker();
  } else if (what < 0.95) {
    step_the_clock();
  } else if (what < 0.951) {
    people_act(people_.flood());
  } else if (what < 0.97) {
    people_act(people_.pause_or_resume());
  } else if (what < 0.99) {
    reload(chance_.happens(0.5) ? chance_.below(trackers_.size()) : trackers_.size());
  }
}

/// The running worker gets its trackers anew, maybe without one of them. One that starts has them all.
void Simulation::reload(std::size_t left_out) {
  if (!world_.worker_is_running()) return;
  auto specs = specs_of(trackers_);
  if (left_out < specs.size()) specs.erase(specs.begin() + static_cast<std::ptrdiff_t>(left_out));
  say("the worker's configuration now has " + std::to_string(specs.size()) + " trackers");
  world_.cycle().reconfigure(std::move(specs));
  wake_at_ = world_.clock.steady();
}

void Simulation::people_act(const std::string& what) {
  say(what);
  oracle_.others_acted();
  wake_at_ =
      world_.clock.steady() + (chance_.happens(0.5) ? 0ms : Millis{chance_.between(0, kSlowPoll.count())});
}

void Simulation::change_mood() {
  const std::string& name = chance_.pick(trackers_).spec.rules.name;
  moods_[name] = any_mood(chance_);
  say(name + " is " + std::string(moods_[name].name));
}

void Simulation::step_the_clock() {
  const std::vector<Millis> steps{-1h, -30s, -1s, -1ms, 1s, 1min, 24h};
  const Millis step = chance_.pick(steps);
  say("the wall's clock is set by " + std::to_string(step.count()) + " ms");
  latest_wall_ = std::max(latest_wall_, world_.clock.wall());
  world_.clock.step_wall(step);
}

void Simulation::trouble_the_store() {
  const Millis lasts{chance_.between(1, 20'000)};
  if (chance_.happens(0.3)) {
    say("the store cannot be used");
    fate_.store_outage(chance_.happens(0.5) ? ports::StoreError::Kind::busy : ports::StoreError::Kind::full,
                       lasts);
  } else {
    say("the store's calls fail now and then");
    fate_.store_storm(chance_.happens(0.5) ? 0.01 : 0.1, lasts);
  }
}

void Simulation::end_the_worker() {
  if (!world_.worker_is_running()) return;
  const Millis down_for{chance_.happens(0.5) ? 0 : chance_.between(0, 10'000)};
  const double how = chance_.next();
  if (how < 0.7) {
    fate_.crash_soon();
  } else if (how < 0.85) {
    kill(down_for);
  } else {
    stop_gracefully();
  }
}

void Simulation::heal_and_finish() {
  say("all troubles end");
  troubled_ = false;
  fate_.heal();
  moods_.clear();
  worker_up_at_ = world_.clock.steady();
  people_act(people_.resume_all());
  reload(trackers_.size());

  const Millis until_due = until_all_is_due();
  const SteadyTime end = world_.clock.steady() + until_due + 5min;
  const int turns_before = turns_;
  while (!oracle_.all_known_rows_are_final() && world_.clock.steady() < end) {
    live_until(std::min(end, world_.clock.steady() + 1s));
  }
  const auto rows = static_cast<int>(oracle_.book().rows.size());
  const auto allowed = 500 + 40 * rows + static_cast<int>(until_due / 10s);
  if (turns_ - turns_before > allowed) throw Violation("the worker took too many turns to finish");
  live_until(world_.clock.steady() + 15s);  // What was cancelled in flight comes home.
  oracle_.everything_is_finished();
  if (!world_.cycle().drained()) throw Violation("everything is finished, and the worker does not know");
  if (world_.cycle().rows_in_memory() > 0)
    throw Violation("everything is finished, and the worker holds rows");
}

/// A row that failed before the wall's clock was set back comes when that clock shows its time again.
Millis Simulation::until_all_is_due() const {
  core::WallTime last_due = latest_wall_ + 90s;
  for (const auto& [id, row] : oracle_.book().rows) {
    if (row.standing.state == "pending") last_due = std::max(last_due, core::wall_time(row.standing.due_at));
  }
  return std::max<Millis>(last_due - world_.clock.wall(), 0ms);
}

// --- time

void Simulation::live_until(SteadyTime end) {
  while (true) {
    let_the_worker_work();
    if (world_.clock.steady() >= end) return;
    world_.clock.advance_to(next_moment(end));
    world_.transport.catch_up();
  }
}

SteadyTime Simulation::next_moment(SteadyTime end) const {
  SteadyTime next = end;
  const auto consider = [&](const std::optional<SteadyTime>& time) {
    if (time) next = std::min(next, *time);
  };
  consider(world_.transport.next_event());
  if (!world_.worker_is_running()) {
    consider(worker_up_at_);
  } else {
    consider(next_turn_);
    consider(wake_at_);
  }
  return next;
}

void Simulation::let_the_worker_work() {
  const auto most = 200 + 2 * oracle_.book().rows.size();
  for (std::size_t turns = 0; worker_is_wanted(); ++turns) {
    if (turns > most) throw Violation("the worker asks for turn after turn at one instant");
    take_a_turn();
  }
}

bool Simulation::worker_is_wanted() {
  const SteadyTime now = world_.clock.steady();
  if (!world_.worker_is_running()) {
    if (now < worker_up_at_) return false;
    say("a worker starts");
    std::vector<core::OutboxId> acked;
    for (const auto& [id, ack] : world_.acks.unrecorded()) acked.push_back(ack.row);
    oracle_.worker_started(acked);
    world_.start_worker();
    return true;
  }
  const auto has_come = [&](const std::optional<SteadyTime>& time) { return time && *time <= now; };
  return has_come(next_turn_) || has_come(wake_at_) || has_come(world_.transport.next_event());
}

void Simulation::take_a_turn() {
  ++turns_;
  wake_at_.reset();
  in_transaction_ = false;
  oracle_.turn_begins();
  try {
    next_turn_ = world_.turn();
  } catch (const SimCrash&) {
    kill(Millis{chance_.between(0, 5'000)});
    return;
  }
  oracle_.turn_ended(world_.cycle().rows_in_memory());
}

void Simulation::kill(Millis down_for) {
  say("the worker dies");
  fate_.no_crash();
  oracle_.worker_killed();
  world_.kill_worker();
  worker_up_at_ = world_.clock.steady() + down_for;
}

void Simulation::stop_gracefully() {
  say("the worker is asked to stop");
  world_.cycle().stop_sending();
  const SteadyTime patience = world_.clock.steady() + 15s;
  while (world_.worker_is_running() && !world_.cycle().at_rest() && world_.clock.steady() < patience) {
    live_until(world_.clock.steady() + 100ms);
  }
  if (world_.worker_is_running()) kill(0ms);
}

// --- what the worker's calls meet

void Simulation::before(PortCall call) {
  const bool begins = call == PortCall::begin_read || call == PortCall::begin_write;
  const bool between_transactions = begins || (call == PortCall::foreign_commits && !in_transaction_);
  if (troubled_ && between_transactions && chance_.happens(0.01)) people_act(people_.act());
  try {
    fate_.before(call);
  } catch (const ports::StoreError& error) {
    say(std::string(name_of(call)) + " fails: " + error.what());
    if (!between_transactions || begins) oracle_.store_failed();
    in_transaction_ = false;
    throw;
  }
}

void Simulation::after(PortCall call) {
  const bool in_transaction = in_transaction_;
  if (call == PortCall::begin_read || call == PortCall::begin_write) in_transaction_ = true;
  if (call == PortCall::foreign_commits) oracle_.worker_looked();
  if (call == PortCall::commit) {
    in_transaction_ = false;
    oracle_.worker_committed();
  }
  try {
    fate_.after(call);
  } catch (const ports::StoreError& error) {
    say(std::string(name_of(call)) + " has worked, and fails: " + error.what());
    if (call != PortCall::foreign_commits || in_transaction) oracle_.store_failed();
    in_transaction_ = false;
    throw;
  }
  if (call == PortCall::commit) oracle_.store_worked();
}

void Simulation::on_request(const Arrival& arrival) {
  if (options_.trace) {
    say("request for row " + std::to_string(arrival.row.value) + ": " + arrival.tracker + " " +
        arrival.param("subid") + " " + arrival.param("status") + " " + arrival.param("tid"));
  }
  oracle_.on_request(arrival);
}

void Simulation::on_completion(const Arrival& arrival, const core::Exchange& exchange) {
  if (options_.trace) say("row " + std::to_string(arrival.row.value) + ": " + core::describe(exchange));
  oracle_.on_completion(arrival, exchange);
}

void Simulation::tell_what_is_pending() const {
  for (const auto& [id, row] : oracle_.book().rows) {
    const Standing& standing = row.standing;
    if (standing.state != "pending") continue;
    say("pending: row " + std::to_string(id) + " (" + row.facts->tracker + " " + row.facts->subid + " " +
        row.facts->status + ") due at " + std::to_string(standing.due_at) +
        (standing.waits_for ? ", waits for row " + std::to_string(*standing.waits_for) : "") + ": " +
        standing.reason);
  }
  say("the wall's clock shows " + std::to_string(core::unix_millis(world_.clock.wall())));
}

void Simulation::say(const std::string& what) const {
  if (!options_.trace) return;
  std::printf("%10lld ms  %s\n", static_cast<long long>(world_.clock.since_start().count()), what.c_str());
}

}  // namespace keitaro_outbox::simulation
