#include "delivery/tracker_notes.hpp"

#include <new>

namespace keitaro_outbox::delivery {
namespace {

/// A change is mostly the doing of an answer, whose outcome is about to be written anyway.
constexpr std::chrono::milliseconds kWaitForOutcomes{200};

/// A probe is a part of the outage that it looks into.
core::Breaker::Phase standing_of(core::Breaker::Phase phase) {
  return phase == core::Breaker::Phase::probing ? core::Breaker::Phase::open : phase;
}

}  // namespace

TrackerNotes::TrackerNotes(ports::Store& store, const ports::Clock& clock)
    : store_(store), clock_(clock), due_at_(clock.steady()) {}

void TrackerNotes::changed(const Lane& lane, std::string_view why) noexcept {
  try {
    note(lane, why);
  } catch (const std::bad_alloc&) {
    // The next change is noted again.
  }
}

void TrackerNotes::note(const Lane& lane, std::string_view why) {
  using Phase = core::Breaker::Phase;
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  const Phase phase = lane.breaker.phase();
  ports::BreakerNote& note = notes_.try_emplace(lane.name()).first->second;
  note.tracker = lane.name();
  if (!note.since || standing_of(phase) != standing_of(note.phase)) note.since = wall;
  note.phase = phase;
  note.next_try_at.reset();
  if (const auto probe_at = lane.breaker.probe_at())
    note.next_try_at = wall + std::chrono::ceil<core::Millis>(*probe_at - now);
  if (phase == Phase::open) note.reason = why;
  if (standing_of(phase) != Phase::open) note.reason.clear();
  unwritten_.insert(lane.name());
  if (!due_at_) due_at_ = now + kWaitForOutcomes;
}

void TrackerNotes::write() {
  if (forget_earlier_) store_.forget_breakers();
  for (const std::string& tracker : unwritten_) store_.record_breaker(notes_.at(tracker));
}

void TrackerNotes::committed() {
  forget_earlier_ = false;
  unwritten_.clear();
  due_at_.reset();
}

}  // namespace keitaro_outbox::delivery
