#include "delivery/breaker_state_writer.hpp"

#include <new>

namespace keitaro_outbox::delivery {
namespace {

/// Most changes come with an answer, whose outcome is about to be written anyway.
constexpr std::chrono::milliseconds kWaitForOutcomes{200};

/// A probe is part of the outage that it tests.
core::Breaker::Phase shown_phase(core::Breaker::Phase phase) {
  return phase == core::Breaker::Phase::probing ? core::Breaker::Phase::open : phase;
}

}  // namespace

BreakerStateWriter::BreakerStateWriter(ports::OutboxStore& store, const ports::Clock& clock,
                                       ports::Observer& observer)
    : store_(store), clock_(clock), observer_(observer), due_at_(clock.steady()) {}

void BreakerStateWriter::introduce(const std::string& tracker) {
  const auto [at, is_new] = states_.try_emplace(tracker);
  if (!is_new) return;
  at->second.tracker = tracker;
  unwritten_.insert(tracker);
  if (!due_at_) due_at_ = clock_.steady() + kWaitForOutcomes;
}

void BreakerStateWriter::note_change(const TrackerQueue& queue, core::Breaker::Phase before,
                                     std::string_view why) noexcept {
  if (queue.health.phase() == before) return;
  try {
    keep(queue, why);
  } catch (const std::bad_alloc&) {
    // The next change is kept again.
  }
  observer_.on_breaker(queue.name(), queue.health.phase(), why);
}

void BreakerStateWriter::keep(const TrackerQueue& queue, std::string_view why) {
  using Phase = core::Breaker::Phase;
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  const Phase phase = queue.health.phase();
  ports::BreakerState& state = states_.try_emplace(queue.name()).first->second;
  state.tracker = queue.name();
  if (!state.since || shown_phase(phase) != shown_phase(state.phase)) state.since = wall;
  state.phase = phase;
  state.next_try_at.reset();
  if (const auto probe_at = queue.health.probe_at())
    state.next_try_at = wall + std::chrono::ceil<core::Millis>(*probe_at - now);
  if (phase == Phase::open) state.reason = why;
  if (shown_phase(phase) != Phase::open) state.reason.clear();
  unwritten_.insert(queue.name());
  if (!due_at_) due_at_ = now + kWaitForOutcomes;
}

void BreakerStateWriter::write() {
  if (forget_earlier_) store_.forget_breakers();
  for (const std::string& tracker : unwritten_) store_.record_breaker(states_.at(tracker));
}

void BreakerStateWriter::committed() {
  forget_earlier_ = false;
  unwritten_.clear();
  due_at_.reset();
}

}  // namespace keitaro_outbox::delivery
