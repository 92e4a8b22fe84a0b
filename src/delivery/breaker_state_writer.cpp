#include "delivery/breaker_state_writer.hpp"

#include <new>

namespace keitaro_outbox::delivery {
namespace {

/// A change is mostly the doing of an answer, whose outcome is about to be written anyway.
constexpr std::chrono::milliseconds kWaitForOutcomes{200};

/// A probe is a part of the outage that it looks into.
core::Breaker::Phase snapshot_of(core::Breaker::Phase phase) {
  return phase == core::Breaker::Phase::probing ? core::Breaker::Phase::open : phase;
}

}  // namespace

BreakerStateWriter::BreakerStateWriter(ports::OutboxStore& store, const ports::Clock& clock)
    : store_(store), clock_(clock), due_at_(clock.steady()) {}

void BreakerStateWriter::changed(const TrackerQueue& queue, std::string_view why) noexcept {
  try {
    note(queue, why);
  } catch (const std::bad_alloc&) {
    // The next change is noted again.
  }
}

void BreakerStateWriter::note(const TrackerQueue& queue, std::string_view why) {
  using Phase = core::Breaker::Phase;
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  const Phase phase = queue.breaker.phase();
  ports::BreakerState& note = notes_.try_emplace(queue.name()).first->second;
  note.tracker = queue.name();
  if (!note.since || snapshot_of(phase) != snapshot_of(note.phase)) note.since = wall;
  note.phase = phase;
  note.next_try_at.reset();
  if (const auto probe_at = queue.breaker.probe_at())
    note.next_try_at = wall + std::chrono::ceil<core::Millis>(*probe_at - now);
  if (phase == Phase::open) note.reason = why;
  if (snapshot_of(phase) != Phase::open) note.reason.clear();
  unwritten_.insert(queue.name());
  if (!due_at_) due_at_ = now + kWaitForOutcomes;
}

void BreakerStateWriter::write() {
  if (forget_earlier_) store_.forget_breakers();
  for (const std::string& tracker : unwritten_) store_.record_breaker(notes_.at(tracker));
}

void BreakerStateWriter::committed() {
  forget_earlier_ = false;
  unwritten_.clear();
  due_at_.reset();
}

}  // namespace keitaro_outbox::delivery
