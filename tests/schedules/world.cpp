#include "schedules/world.hpp"

#include <algorithm>
#include <utility>

#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::simulation {
namespace {

/// Far more than any instant needs: an answer leads to a commit, a commit to a load, a load to a parking.
constexpr int kTurnsPerInstant = 200;

PortHooks& no_hooks() {
  static PortHooks none;
  return none;
}
Wiretap& no_wiretap() {
  static Wiretap none;
  return none;
}

}  // namespace

delivery::TrackerSpec tracker_named(const std::string& name) {
  delivery::TrackerSpec spec;
  spec.rules.name = name;
  spec.rules.url = *core::PostbackUrl::parse("http://" + name + ".test/key/postback").url;
  return spec;
}

void SimObserver::on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase, std::string_view) {
  breaker_phases.push_back(std::string(tracker) + ' ' + std::string(name_of(phase)));
}

void SimObserver::on_unknown_tracker(std::string_view tracker) {
  unknown_trackers.emplace_back(tracker);
}

World::World(WorldOptions options)
    : transport(clock, receiver, options.hooks != nullptr ? *options.hooks : no_hooks(),
                options.wiretap != nullptr ? *options.wiretap : no_wiretap()),
      acks(options.acks),
      observer(options.hooks != nullptr ? *options.hooks : no_hooks()),
      options_(std::move(options)),
      jitter_(options_.seed * 2 + 1),
      fate_(options_.seed * 2) {
  transport.keep_acks(&acks);
}

World::Worker::Worker(World& world, const WorldOptions& options)
    : real(std::make_unique<sqlite::SqliteStore>(world.database.path())),
      wrapped(options.wrap_store ? options.wrap_store(*real) : nullptr),
      hooked(wrapped ? *wrapped : *real, options.hooks != nullptr ? *options.hooks : no_hooks()),
      transport(world.transport, world.unrecorded_acks(), [&world] { world.transport.wake(); }),
      cycle(hooked, transport, world.clock, world.jitter_, world.observer, options.trackers) {}

void World::start_worker() {
  worker_ = std::make_unique<Worker>(*this, options_);
  next_turn_ = clock.steady();
}

/// Of rows that are sent again, as a worker that starts finds them. Those of others are over.
worker::ReplayingTransport::Left World::unrecorded_acks() {
  worker::ReplayingTransport::Left left;
  for (const auto& [id, ack] : acks.unrecorded()) {
    const bool pending = database.number("SELECT count(*) FROM outbox WHERE state = 'pending' AND id = " +
                                         std::to_string(ack.row.value)) > 0;
    if (pending && options_.replays_acks) {
      left.emplace_back(id, ack);
    } else {
      acks.forget(id);
    }
  }
  return left;
}

void World::kill_worker() {
  worker_.reset();
  transport.hang_up(fate_);
}

std::optional<core::SteadyTime> World::turn() {
  if (!worker_) start_worker();
  next_turn_ = worker_->cycle.turn();
  return next_turn_;
}

void World::turns_of_this_instant() {
  for (int turns = 0; turns < kTurnsPerInstant; ++turns) {
    turn();
    const auto event = transport.next_event();
    const bool more = (next_turn_ && *next_turn_ <= clock.steady()) || (event && *event <= clock.steady());
    if (!more) return;
  }
  throw Spinning("the worker asks for turn after turn at one instant");
}

void World::run_for(core::Millis span) {
  run_until([] { return false; }, span);
}

bool World::run_until(const std::function<bool()>& done, core::Millis limit) {
  const core::SteadyTime end = clock.steady() + limit;
  while (true) {
    turns_of_this_instant();
    if (done()) return true;
    core::SteadyTime next = end;
    if (next_turn_) next = std::min(next, *next_turn_);
    if (const auto event = transport.next_event()) next = std::min(next, *event);
    if (clock.steady() >= end) return false;
    clock.advance_to(next);
    transport.catch_up();
  }
}

bool World::run_until_drained(core::Millis limit) {
  return run_until([this] { return worker_->cycle.drained(); }, limit);
}

}  // namespace keitaro_outbox::simulation
