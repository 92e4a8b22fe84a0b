#include "schedules/owners/owners_simulation.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <utility>

#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::simulation {
namespace {

using core::Millis;
using core::SteadyTime;
using namespace std::chrono_literals;

/// What keeps the engine from seeing at once that others have its share, at most.
constexpr Millis kFileLook = 100ms;
/// Without a hint commits are looked for so often.
constexpr Millis kSlowPoll = 100ms;
/// A worker that finds no server asks again.
constexpr Millis kTryAgain = 100ms;
constexpr Millis kGrace = 3s;

std::vector<delivery::TrackerSpec> any_trackers(SimRandom& chance) {
  std::vector<delivery::TrackerSpec> trackers;
  const auto count = chance.between(1, 2);
  for (std::int64_t i = 0; i < count; ++i) {
    delivery::TrackerSpec spec = tracker_named("t" + std::to_string(i));
    spec.concurrency = static_cast<int>(chance.between(1, 6));
    spec.request_timeout = Millis{chance.between(100, SimLease::kLongestRequest.count())};
    spec.retry.first_delay = Millis{chance.between(1, 1'000)};
    spec.retry.max_delay = spec.retry.first_delay + Millis{chance.between(0, 5'000)};
    spec.retry.max_attempts = static_cast<int>(chance.between(3, 20));
    trackers.push_back(std::move(spec));
  }
  return trackers;
}

std::set<std::string> names_of(const std::vector<delivery::TrackerSpec>& trackers) {
  std::set<std::string> names;
  for (const delivery::TrackerSpec& tracker : trackers) names.insert(tracker.rules.name);
  return names;
}

void consider(SteadyTime& next, const std::optional<SteadyTime>& time) {
  if (time) next = std::min(next, *time);
}

}  // namespace

std::optional<OwnersSabotage> owners_sabotage_named(std::string_view name) {
  constexpr std::string_view kNames[] = {"none", "fence", "deadline", "lanes", "handover", "look"};
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<OwnersSabotage>(found - std::begin(kNames));
}

/// One worker, through all its lives: what worker::Engine does around a delivery cycle, with a lease.
class OwnersSimulation::Owner final : public PortHooks, public Wiretap {
 public:
  Owner(OwnersSimulation& world, int number)
      : transport(world.clock_, world.receiver_, *this, *this),
        observer(*this),
        lease(world.clock_, world.leases_,
              [this] { return world_.server_is_there() && world_.clock_.steady() >= lease_cut_until; }),
        world_(world),
        number_(number),
        jitter_(world.options_.seed * 16 + static_cast<std::uint64_t>(number)),
        fate_(world.options_.seed * 16 + 8 + static_cast<std::uint64_t>(number)) {
    if (world.options_.sabotage != OwnersSabotage::deadline)
      transport.set_may_begin([this](Millis span) { return lease.lasts_for(span); });
  }

  bool runs() const { return worker_ != nullptr; }
  /// In the middle of a turn, which others go on beside.
  bool is_busy() const { return busy_; }
  bool is_frozen() const { return frozen_; }

  bool wants_a_turn();
  void take_a_turn();
  void kill(Millis down_for);
  void stop_gracefully();
  void freeze(Millis span);
  void crash_soon() { calls_to_crash_ = world_.chance_.below(world_.chance_.happens(0.5) ? 20 : 300); }
  void be_slow_soon() {
    slow_at_commit_ = world_.chance_.happens(0.5);
    calls_to_slowness_ = world_.chance_.below(slow_at_commit_ ? 4 : 60);
  }
  void heal();
  void let_threads_work();
  void next_moment(SteadyTime& next) const;
  bool drained() { return runs() && worker_->cycle.drained() && worker_->cycle.rows_in_memory() == 0; }
  std::string name() const { return "worker " + std::to_string(number_); }

  SteadyTime store_cut_until{};
  SteadyTime lease_cut_until{};
  SimTransport transport;
  SimObserver observer;
  SimLease lease;

 private:
  struct Worker {
    explicit Worker(Owner& owner);
    std::unique_ptr<ports::OutboxStore> real;
    LeasedStore leased;
    HookedStore hooked;
    delivery::Cycle cycle;
  };

  void before(PortCall call) override;
  void after(PortCall) override { count_down(); }
  void on_request(const Arrival& arrival) override;
  void on_completion(const Arrival& arrival, const core::Exchange& exchange) override;
  void start();
  void end_life(Millis down_for);
  void give_surplus_away();
  void stand_still(Millis span, bool frozen);
  void count_down();
  ServerFate server_fate();
  Millis longest_request() const;
  /// When the timer for the next look wakes it, which it does once.
  std::optional<SteadyTime> next_look() const {
    const SteadyTime at = worker_->leased.next_look();
    return at == woken_for_ ? std::nullopt : std::optional(at);
  }

  OwnersSimulation& world_;
  const int number_;
  SimRandom jitter_;
  SimRandom fate_;
  std::unique_ptr<Worker> worker_;
  std::optional<delivery::Handover> handing_over_;
  std::optional<SteadyTime> next_turn_;
  std::optional<SteadyTime> woken_for_;
  SteadyTime polls_at_{};
  SteadyTime up_at_{};
  std::optional<SteadyTime> notices_loss_at_;
  bool busy_ = false;
  bool frozen_ = false;
  std::optional<std::uint64_t> calls_to_crash_;
  std::optional<std::uint64_t> calls_to_slowness_;
  bool slow_at_commit_ = false;

  friend class OwnersSimulation;
};

OwnersSimulation::Owner::Worker::Worker(Owner& owner)
    : real(std::make_unique<sqlite::SqliteStore>(owner.world_.database_.path())),
      leased(*real, owner.world_.database_, owner.world_.clock_, owner.world_.leases_, owner.lease,
             owner.server_fate(),
             {.span = owner.world_.span_,
              .fenced = owner.world_.options_.sabotage != OwnersSabotage::fence,
              .lanes_only = owner.world_.options_.sabotage != OwnersSabotage::lanes,
              .lanes_at_once = owner.world_.options_.sabotage == OwnersSabotage::look}),
      hooked(leased, owner),
      cycle(hooked, owner.transport, owner.world_.clock_, owner.jitter_, owner.observer,
            owner.world_.trackers_) {
  if (owner.world_.options_.sabotage != OwnersSabotage::deadline)
    cycle.set_may_send([&owner] { return owner.lease.lasts_for(owner.longest_request()); });
}

Millis OwnersSimulation::Owner::longest_request() const {
  Millis longest{0};
  for (const delivery::TrackerSpec& tracker : world_.trackers_)
    longest = std::max(longest, tracker.request_timeout);
  return longest;
}

ServerFate OwnersSimulation::Owner::server_fate() {
  const auto lost = [this] { return !world_.server_is_there() || world_.clock_.steady() < store_cut_until; };
  return {
      .statement =
          [this, lost] {
            if (lost() || (world_.troubled_ && world_.chance_.happens(world_.loss_odds_ / 10)))
              throw ports::StoreError(ports::StoreError::Kind::io, "the connection to the server was lost");
          },
      .commit =
          [this, lost] {
            if (lost()) return CommitFate::lost_before;
            SimRandom& chance = world_.chance_;
            if (!world_.troubled_) return CommitFate::works;
            if (chance.happens(world_.conflict_odds_)) return CommitFate::conflict;
            if (!chance.happens(world_.loss_odds_)) return CommitFate::works;
            const auto how = chance.below(3);
            world_.say(name() + " loses a connection at a commit, " +
                       (how == 0   ? "which is not made"
                        : how == 1 ? "which is made"
                                   : "which is made later"));
            return how == 0 ? CommitFate::lost_before : how == 1 ? CommitFate::lost_after : CommitFate::late;
          },
      .later =
          [this](std::function<void(ports::OutboxStore&)> write) {
            const Millis after{world_.chance_.between(0, world_.chance_.happens(0.5) ? 1'000 : 9'000)};
            world_.late_.push_back({world_.clock_.steady() + after, lease.worker(), std::move(write)});
          },
  };
}

// --- its lives

bool OwnersSimulation::Owner::wants_a_turn() {
  if (busy_ || frozen_) return false;
  const SteadyTime now = world_.clock_.steady();
  if (!runs()) return now >= up_at_;
  if (polls_at_ <= now) {
    polls_at_ = now + kSlowPoll;
    if (worker_->cycle.notice_commits()) return true;
  }
  const auto event = transport.next_event();
  return (next_turn_ && *next_turn_ <= now) || (event && *event <= now) ||
         (next_look() && *next_look() <= now) || (notices_loss_at_ && *notices_loss_at_ <= now);
}

void OwnersSimulation::Owner::next_moment(SteadyTime& next) const {
  if (frozen_) return consider(next, transport.next_arrival());
  consider(next, busy_ ? transport.next_on_the_wire() : transport.next_event());
  if (lease.held() && !lease.taken_over()) consider(next, lease.next_look());
  if (busy_) return;
  if (!runs()) return consider(next, up_at_);
  consider(next, next_turn_);
  consider(next, next_look());
  consider(next, polls_at_);
  consider(next, notices_loss_at_);
}

/// The lease's thread and the senders, beside whatever the thread of delivery does.
void OwnersSimulation::Owner::let_threads_work() {
  transport.take_in_arrivals();
  if (frozen_) return;
  lease.work();
  if (lease.taken_over() && !notices_loss_at_) {
    notices_loss_at_ = world_.clock_.steady() + Millis{world_.chance_.between(0, kFileLook.count())};
    world_.say(name() + " has lost its lanes");
  }
  if (runs()) transport.catch_up();
}

void OwnersSimulation::Owner::start() {
  const std::string worker = "w" + std::to_string(++world_.names_);
  const Millis slow_by{world_.chance_.between(0, SimLease::kMargin.count() * 9 / 10)};
  up_at_ = world_.clock_.steady() + kTryAgain;
  if (!lease.acquire(worker, slow_by)) return;
  try {
    worker_ = std::make_unique<Worker>(*this);
  } catch (const ports::StoreError&) {
    return lease.forget();
  }
  next_turn_ = world_.clock_.steady();
  woken_for_.reset();
  notices_loss_at_.reset();
  handing_over_.reset();
  world_.say(name() + " starts as " + worker + " with " + std::to_string(lease.lanes().size()) + " lanes");
}

void OwnersSimulation::Owner::take_a_turn() {
  if (!runs()) return start();
  if (notices_loss_at_ && *notices_loss_at_ <= world_.clock_.steady()) {
    world_.say(name() + " gives up what it had");
    return end_life(0ms);
  }
  woken_for_ = worker_->leased.next_look();
  polls_at_ = world_.clock_.steady() + kSlowPoll;
  busy_ = true;
  ++world_.depth_;
  try {
    next_turn_ = worker_->cycle.turn();
    give_surplus_away();
  } catch (const SimCrash&) {
    --world_.depth_;
    busy_ = false;
    return kill(Millis{world_.chance_.between(0, 5'000)});
  } catch (...) {
    --world_.depth_;
    busy_ = false;
    throw;
  }
  --world_.depth_;
  busy_ = false;
}

/// As worker::Engine does it.
void OwnersSimulation::Owner::give_surplus_away() {
  if (!lease.has_surplus()) return handing_over_.reset();
  if (!handing_over_) handing_over_.emplace(worker_->cycle.handover());
  const bool over = worker_->cycle.is_over(*handing_over_);
  if (!over && world_.options_.sabotage != OwnersSabotage::handover) return;
  if (!lease.give_away()) return;
  world_.say(name() + " gives lanes away");
  handing_over_.reset();
}

void OwnersSimulation::Owner::kill(Millis down_for) {
  world_.say(name() + " dies");
  end_life(down_for);
}

void OwnersSimulation::Owner::end_life(Millis down_for) {
  worker_.reset();
  transport.hang_up(fate_);
  lease.forget();
  notices_loss_at_.reset();
  calls_to_crash_.reset();
  calls_to_slowness_.reset();
  world_.oracle_.worker_gone(lease.worker());
  up_at_ = world_.clock_.steady() + down_for;
}

void OwnersSimulation::Owner::stop_gracefully() {
  world_.say(name() + " is asked to stop");
  worker_->cycle.stop_sending();
  next_turn_ = world_.clock_.steady();
  const SteadyTime patience = world_.clock_.steady() + kGrace;
  while (runs() && !worker_->cycle.at_rest() && world_.clock_.steady() < patience)
    world_.live_until(world_.clock_.steady() + 100ms);
  if (!runs()) return;
  worker_.reset();
  transport.hang_up(fate_);
  lease.release();
  end_life(Millis{world_.chance_.between(0, 3'000)});
}

void OwnersSimulation::Owner::freeze(Millis span) {
  world_.say(name() + " is frozen for " + std::to_string(span.count()) + " ms");
  stand_still(span, true);
  world_.say(name() + " goes on");
}

/// Others go on meanwhile: in the middle of a turn too.
void OwnersSimulation::Owner::stand_still(Millis span, bool frozen) {
  const bool was_frozen = std::exchange(frozen_, frozen_ || frozen);
  const SteadyTime end = world_.clock_.steady() + span;
  if (world_.troubled_) {
    // So that there is work to be done, at the end above all.
    world_.people_act();
    world_.live_until(world_.clock_.steady() + Millis{world_.chance_.between(0, span.count())});
    world_.people_act();
    world_.live_until(end - std::min(span, Millis{world_.chance_.between(0, 60)}));
    for (auto acts = world_.chance_.between(0, 3); acts > 0; --acts) world_.people_act();
  }
  world_.live_until(end);
  frozen_ = was_frozen;
}

void OwnersSimulation::Owner::heal() {
  calls_to_crash_.reset();
  calls_to_slowness_.reset();
  store_cut_until = lease_cut_until = {};
  up_at_ = std::min(up_at_, world_.clock_.steady());
}

// --- what its calls meet

void OwnersSimulation::Owner::before(PortCall call) {
  count_down();
  if (!busy_ || !runs() || worker_->leased.in_transaction() || !world_.troubled_) return;
  SimRandom& chance = world_.chance_;
  const bool counts = !slow_at_commit_ || call == PortCall::commit;
  if (calls_to_slowness_ && counts && (*calls_to_slowness_)-- == 0) {
    calls_to_slowness_.reset();
    const bool frozen = chance.happens(0.6);
    const Millis span{chance.between(1, chance.happens(0.5) ? 500 : 9'000)};
    if (frozen) return freeze(span);
    world_.say(name() + " waits for the server for " + std::to_string(span.count()) + " ms");
    return stand_still(span, false);
  }
  if (chance.happens(0.003)) world_.people_act();
  if (chance.happens(0.01)) world_.live_until(world_.clock_.steady());
}

void OwnersSimulation::Owner::count_down() {
  if (!calls_to_crash_ || !busy_) return;
  if (*calls_to_crash_ == 0) {
    calls_to_crash_.reset();
    throw SimCrash{};
  }
  --*calls_to_crash_;
}

void OwnersSimulation::Owner::on_request(const Arrival& arrival) {
  if (world_.options_.trace) {
    world_.say(name() + " sends row " + std::to_string(arrival.row.value) + ": " + arrival.tracker + " " +
               arrival.param("subid") + " " + arrival.param("status") + " " + arrival.param("tid"));
  }
  const int lane = LeaseTable::lane_of(arrival.tracker, arrival.param("subid"));
  const auto lanes = world_.leases_.lanes_of(lease.worker());
  if (!world_.leases_.has(lease.worker()) || !std::ranges::binary_search(lanes, lane)) {
    throw Violation(name() + " sends row " + std::to_string(arrival.row.value) +
                    ", and others have taken its lane over");
  }
  world_.oracle_.on_request(arrival);
}

void OwnersSimulation::Owner::on_completion(const Arrival& arrival, const core::Exchange& exchange) {
  if (world_.options_.trace)
    world_.say(name() + " reads of row " + std::to_string(arrival.row.value) + ": " +
               core::describe(exchange));
  world_.oracle_.on_completion(lease.worker(), arrival, exchange);
}

// --- the world

OwnersSimulation::OwnersSimulation(const OwnersOptions& options)
    : options_(options),
      chance_(options.seed),
      trackers_(any_trackers(chance_)),
      span_(chance_.happens(0.5) ? 512 : static_cast<std::size_t>(chance_.between(2, 8))),
      oracle_(
          database_, clock_, receiver_, names_of(trackers_),
          [this](const OwnersOracle::Click& click) { return in_flight(click); },
          [this](const std::string& worker) { return leases_.has(worker); }),
      people_(database_, clock_, chance_, static_cast<int>(trackers_.size())),
      server_(std::make_unique<sqlite::SqliteStore>(database_.path())) {
  for (const std::string& name : names_of(trackers_)) {
    receiver_.behave(
        name, [this, name](const Arrival& arrival) { return reply_in(moods_[name], arrival, chance_); });
  }
  const auto workers = chance_.between(2, 3);
  for (int number = 1; number <= workers; ++number) owners_.push_back(std::make_unique<Owner>(*this, number));
}

OwnersSimulation::~OwnersSimulation() = default;

std::optional<std::string> OwnersSimulation::run() {
  try {
    troubled_times();
    heal_and_finish();
  } catch (const Violation& violation) {
    return violation.what();
  } catch (const std::exception& error) {
    return std::string("an error got out: ") + error.what();
  }
  return std::nullopt;
}

void OwnersSimulation::troubled_times() {
  const auto events = chance_.between(15, 45);
  for (std::int64_t i = 0; i < events; ++i) {
    const double haste = chance_.next();
    const std::int64_t longest = haste < 0.4 ? 10 : haste < 0.7 ? 200 : haste < 0.95 ? 2'000 : 8'000;
    live_until(clock_.steady() + Millis{chance_.below(static_cast<std::uint64_t>(longest))});
    something_happens();
  }
}

void OwnersSimulation::something_happens() {
  const double what = chance_.next();
  if (what < 0.01) return flood();
  if (what < 0.55) return people_act();
  if (what < 0.65) {
    const std::string& name = chance_.pick(trackers_).rules.name;
    moods_[name] = any_mood(chance_);
    return say(name + " is " + std::string(moods_[name].name));
  }
  if (what < 0.70) return take_the_server_away();
  Owner& owner = any_owner();
  if (what < 0.75) return cut_off(owner);
  if (!owner.runs()) return;
  if (what < 0.80) return owner.freeze(Millis{chance_.between(1, 9'000)});
  if (what < 0.87) return owner.be_slow_soon();
  if (what < 0.93) return owner.crash_soon();
  if (what < 0.96) return owner.kill(Millis{chance_.happens(0.5) ? 0 : chance_.between(0, 6'000)});
  owner.stop_gracefully();
}

OwnersSimulation::Owner& OwnersSimulation::any_owner() {
  return *owners_[chance_.below(owners_.size())];
}

void OwnersSimulation::people_act() {
  const double what = chance_.next();
  if (what < 0.15) return mend();
  if (what < 0.30 && !being_written_) return write_late();
  if (what < 0.45 && being_written_) return finish_writing();
  const std::int64_t begun = oracle_.moment();
  say(people_.write());
  oracle_.written(begun);
}

void OwnersSimulation::flood() {
  const std::int64_t begun = oracle_.moment();
  say(people_.flood());
  oracle_.written(begun);
}

/// A transaction draws its id, and commits after others.
void OwnersSimulation::write_late() {
  being_written_ = people_.any_conversion();
  being_written_->event_id.reset();
  being_written_since_ = oracle_.moment();
  being_written_id_ =
      database_.number("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'outbox'");
  database_.sql(being_written_id_ == 1 ? "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', 1)"
                                       : "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'outbox'");
  say("an application begins to write row " + std::to_string(being_written_id_));
}

void OwnersSimulation::finish_writing() {
  const NewRow row = *std::exchange(being_written_, std::nullopt);
  const auto id = database_.insert_with_id(row, core::OutboxId{being_written_id_});
  say("an application has written row " + std::to_string(id.value));
  oracle_.written(being_written_since_);
}

void OwnersSimulation::mend() {
  const auto last = database_.number("SELECT coalesce(max(id), 0) FROM outbox");
  if (last == 0) return;
  const core::OutboxId row{chance_.between(std::max<std::int64_t>(1, last - 20), last)};
  const std::vector<std::string> changes{"state = 'cancelled'", "state = 'pending', due_at = 0",
                                         "state = 'pending'"};
  const std::string change =
      "UPDATE outbox SET " + chance_.pick(changes) + " WHERE id = " + std::to_string(row.value);
  database_.sql(change);
  oracle_.touched(row);
  say("the operator: " + change);
}

void OwnersSimulation::cut_off(Owner& owner) {
  const SteadyTime until = clock_.steady() + Millis{chance_.between(1, 8'000)};
  const auto what = chance_.below(3);
  if (what != 1) owner.store_cut_until = until;
  if (what != 0) owner.lease_cut_until = until;
  say(owner.name() + " cannot reach the database " +
      (what == 0   ? "to deliver"
       : what == 1 ? "to renew its lease"
                   : "at all"));
}

void OwnersSimulation::take_the_server_away() {
  say("the server is away");
  server_back_at_ = clock_.steady() + Millis{chance_.between(1, 6'000)};
  late_.clear();
}

void OwnersSimulation::heal_and_finish() {
  say("all troubles end");
  troubled_ = false;
  server_back_at_ = {};
  moods_.clear();
  if (being_written_) finish_writing();
  for (const auto& owner : owners_) owner->heal();
  const SteadyTime end = clock_.steady() + until_all_is_due() + 60s;
  while (!oracle_.all_are_final() && clock_.steady() < end)
    live_until(std::min(end, clock_.steady() + 500ms));
  live_until(clock_.steady() + 10s);  // Leases of the dead run out, and shares become even.
  oracle_.everything_is_finished();
  std::size_t lanes = 0;
  for (const auto& owner : owners_) {
    if (!owner->drained()) throw Violation("everything is finished, and " + owner->name() + " does not know");
    const std::size_t own = leases_.lanes_of(owner->lease.worker()).size();
    if (own < LeaseTable::kLanes / owners_.size())
      throw Violation(owner->name() + " has less than its share");
    lanes += own;
  }
  if (lanes != LeaseTable::kLanes) throw Violation("some lanes have no owner");
}

Millis OwnersSimulation::until_all_is_due() {
  core::WallTime last_due = clock_.wall();
  for (const auto& [id, row] : oracle_.book().rows) {
    if (row.standing.state == "pending") last_due = std::max(last_due, core::wall_time(row.standing.due_at));
  }
  return last_due - clock_.wall();
}

int OwnersSimulation::in_flight(const OwnersOracle::Click& click) const {
  int count = 0;
  for (const auto& owner : owners_) count += owner->transport.on_the_wire(click.first, click.second);
  return count;
}

// --- time

void OwnersSimulation::live_until(SteadyTime end) {
  while (true) {
    work_of_this_instant();
    if (clock_.steady() >= end) return;
    clock_.advance_to(next_moment(end));
    let_time_work();
  }
}

void OwnersSimulation::work_of_this_instant() {
  const auto most = 1'000 + 4 * oracle_.book().rows.size();
  for (std::size_t turns = 0;; ++turns) {
    std::vector<Owner*> ready;
    for (const auto& owner : owners_) {
      if (owner->wants_a_turn()) ready.push_back(owner.get());
    }
    if (ready.empty()) return;
    if (turns > most) throw Violation("the workers ask for turn after turn at one instant");
    chance_.pick(ready)->take_a_turn();
  }
}

void OwnersSimulation::let_time_work() {
  commit_what_is_late();
  for (const auto& owner : owners_) owner->let_threads_work();
}

SteadyTime OwnersSimulation::next_moment(SteadyTime end) const {
  SteadyTime next = end;
  for (const auto& owner : owners_) owner->next_moment(next);
  for (const LateCommit& late : late_) next = std::min(next, late.at);
  return next;
}

/// By a session of the server's that has lost its client.
void OwnersSimulation::commit_what_is_late() {
  const auto is_due = [this](const LateCommit& late) { return late.at <= clock_.steady(); };
  std::vector<LateCommit> due;
  std::ranges::copy_if(late_, std::back_inserter(due), is_due);
  std::erase_if(late_, is_due);
  for (const LateCommit& late : due) {
    if (options_.sabotage != OwnersSabotage::fence && !leases_.has(late.worker)) continue;
    say("a commit of " + late.worker + " is made at last");
    server_->begin_write();
    late.write(*server_);
    server_->commit();
  }
}

void OwnersSimulation::say(const std::string& what) const {
  if (!options_.trace) return;
  std::printf("%10lld ms  %*s%s\n", static_cast<long long>(clock_.since_start().count()), 2 * depth_, "",
              what.c_str());
}

}  // namespace keitaro_outbox::simulation
