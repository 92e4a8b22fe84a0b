#include "faults/fault_points.hpp"

#include <atomic>

namespace keitaro_outbox::faults {
namespace {

std::atomic<Place> armed{Place::nowhere};
std::atomic<long> calls{0};
std::atomic<long> first_to_fail{0};
std::atomic<bool> fails_for_good{false};
thread_local int exempt = 0;

}  // namespace

void arm(Place place, long n, bool for_good) {
  armed = Place::nowhere;
  calls = 0;
  first_to_fail = n;
  fails_for_good = for_good;
  armed = place;
}

long disarm() {
  armed = Place::nowhere;
  return calls;
}

long calls_so_far() {
  return calls;
}

bool must_fail(Place place) noexcept {
  if (armed.load(std::memory_order_relaxed) != place || exempt > 0) return false;
  const long call = ++calls;
  return call == first_to_fail || (fails_for_good && call > first_to_fail);
}

Spared::Spared() noexcept {
  ++exempt;
}
Spared::~Spared() {
  --exempt;
}

}  // namespace keitaro_outbox::faults
