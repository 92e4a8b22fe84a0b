#include "schedules/fate.hpp"

namespace keitaro_outbox::simulation {
namespace {

using Kind = ports::StoreError::Kind;

bool is_store_call(PortCall call) {
  return call != PortCall::submit && call != PortCall::collect && call != PortCall::observe;
}

bool begins(PortCall call) {
  return call == PortCall::begin_read || call == PortCall::begin_write;
}

}  // namespace

void Fate::store_storm(double odds, core::Millis lasts) {
  storm_odds_ = odds;
  storm_until_ = clock_.steady() + lasts;
}

void Fate::store_outage(Kind kind, core::Millis lasts) {
  outage_ = kind;
  outage_until_ = clock_.steady() + lasts;
}

void Fate::crash_soon() {
  calls_to_crash_ = chance_.below(chance_.happens(0.5) ? 20 : 400);
}

void Fate::heal() {
  storm_until_ = outage_until_ = {};
  calls_to_crash_.reset();
}

void Fate::before(PortCall call) {
  count_down();
  if (!is_store_call(call)) return;
  const core::SteadyTime now = clock_.steady();
  if (begins(call) && now < outage_until_) throw ports::StoreError(*outage_, "the store is in trouble");
  if (now < storm_until_ && chance_.happens(storm_odds_))
    throw ports::StoreError(any_kind(), "the call failed");
}

void Fate::after(PortCall call) {
  count_down();
  if (!is_store_call(call) || clock_.steady() >= storm_until_ || !chance_.happens(storm_odds_)) return;
  throw ports::StoreError(Kind::io, "the call was reported as failed");
}

void Fate::count_down() {
  if (!calls_to_crash_) return;
  if (*calls_to_crash_ == 0) {
    calls_to_crash_.reset();
    throw SimCrash{};
  }
  --*calls_to_crash_;
}

Kind Fate::any_kind() {
  constexpr Kind kKinds[] = {Kind::busy,    Kind::full,   Kind::read_only, Kind::io,
                             Kind::corrupt, Kind::schema, Kind::other};
  return kKinds[chance_.below(std::size(kKinds))];
}

}  // namespace keitaro_outbox::simulation
