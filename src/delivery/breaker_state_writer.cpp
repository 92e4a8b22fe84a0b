#include "delivery/breaker_state_writer.hpp"

#include <new>
#include <utility>

namespace keitaro_outbox::delivery {
namespace {

/// Most changes come with an answer, whose outcome is about to be written anyway.
constexpr std::chrono::milliseconds kWaitForOutcomes{200};

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kBetweenLogLines{10};
/// What a tracker did longer ago tells nothing.
constexpr std::chrono::seconds kForgotten{60};

/// A probe is part of the outage that it tests.
core::CircuitBreaker::Phase shown_phase(core::CircuitBreaker::Phase phase) {
  return phase == core::CircuitBreaker::Phase::probing ? core::CircuitBreaker::Phase::open : phase;
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

void BreakerStateWriter::take_over(TrackerQueue& queue, const ports::BreakerState& earlier) {
  ports::BreakerState& state = state_of(queue);
  state = earlier;
  queue.health.begin_open(clock_.steady());
  observer_.on_breaker(queue.name(), queue.health.phase(), earlier.reason);
  write_later(queue);
}

void BreakerStateWriter::note_change(const TrackerQueue& queue, core::CircuitBreaker::Phase before,
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
  using Phase = core::CircuitBreaker::Phase;
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  const Phase phase = queue.health.phase();
  ports::BreakerState& state = state_of(queue);
  if (!state.since || shown_phase(phase) != shown_phase(state.phase)) state.since = wall;
  state.phase = phase;
  state.next_try_at.reset();
  if (const auto probe_at = queue.health.probe_at())
    state.next_try_at = wall + std::chrono::ceil<core::Millis>(*probe_at - now);
  if (phase == Phase::open) state.reason = why;
  if (shown_phase(phase) != Phase::open) state.reason.clear();
  write_later(queue);
}

void BreakerStateWriter::note_flows(const std::deque<TrackerQueue>& queues,
                                    std::string_view host_lacks) noexcept {
  const auto now = clock_.steady();
  if (now < next_look_) return;
  next_look_ = now + kBetweenLooks;
  try {
    for (const TrackerQueue& queue : queues) tell_flow(queue, host_lacks, now);
  } catch (const std::bad_alloc&) {
    // The next look tells it.
  }
}

void BreakerStateWriter::tell_flow(const TrackerQueue& queue, std::string_view host_lacks,
                                   core::SteadyTime now) {
  if (queue.health.outage()) return;  // That is told by the breaker's phase.
  const core::FlowStanding standing = queue.health.standing();
  const auto answered_at = queue.health.answered_at();
  std::string words;
  std::optional<core::FlowReason> reason;
  if (!host_lacks.empty() && queue.busy()) {
    words = "has " + std::to_string(queue.budget.begun()) + " requests in flight, limited by this host: ";
    words += host_lacks;
  } else if (answered_at && now - *answered_at < kForgotten && standing.is_notable()) {
    words = core::describe(standing, queue.budget.begun());
    reason = standing.limit.reason;
  }
  const auto known = states_.find(queue.name());
  if (known == states_.end() ? words.empty() : known->second.reason == words) return;

  Flow& told = flows_[queue.name()];
  if (reason != told.reason && (!reason || now - told.told_at >= kBetweenLogLines)) {
    told = {.told_at = now, .reason = reason};
    observer_.on_flow(queue.name(), words);
  }
  state_of(queue).reason = std::move(words);
  write_later(queue);
}

ports::BreakerState& BreakerStateWriter::state_of(const TrackerQueue& queue) {
  ports::BreakerState& state = states_.try_emplace(queue.name()).first->second;
  state.tracker = queue.name();
  return state;
}

void BreakerStateWriter::write_later(const TrackerQueue& queue) {
  unwritten_.insert(queue.name());
  if (!due_at_) due_at_ = clock_.steady() + kWaitForOutcomes;
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
