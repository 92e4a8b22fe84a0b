#include "worker/standby.hpp"

#include <chrono>
#include <utility>

namespace keitaro_outbox::worker {
namespace {

using ports::LongWait;

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kLong{5};

}  // namespace

std::optional<core::Millis> Standby::look_every() const {
  if (!wish_.until_drained && !wish_.resume_restored) return std::nullopt;
  return kLookEvery;
}

std::optional<LongWait> Standby::look(core::SteadyTime now, ports::Backend& backend) {
  if (!look_every() || now - looked_at_ < kLookEvery) return std::nullopt;
  looked_at_ = now;
  const bool older = backend.lacks_recorded_outcomes();
  // Twice: a worker that has just begun may be about to accept the copy.
  const bool older_still = std::exchange(older_before_, older) && older;
  if (older_still && !wish_.resume_restored)
    backend.store().begin_read();  // It throws, saying what is to be done.
  const auto found = find(now, older_still);
  if (!found || found == told_) return std::nullopt;
  told_ = found;
  return found;
}

std::optional<LongWait> Standby::find(core::SteadyTime now, bool older_copy) const {
  if (older_copy) return LongWait::older_copy;
  if (wish_.until_drained && now - begun_ >= kLong) return LongWait::rows_pending;
  return std::nullopt;
}

}  // namespace keitaro_outbox::worker
