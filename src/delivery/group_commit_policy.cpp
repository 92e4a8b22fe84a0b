#include "delivery/group_commit_policy.hpp"

#include <algorithm>
#include <cstdint>

#include "core/flow/lock_pause.hpp"

namespace keitaro_outbox::delivery {

namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

constexpr core::LockPause kPauseAlone{.per_hold = 1, .least = 1ms, .most = 50ms};
constexpr std::size_t kLargestGroup = 256;  ///< Holds the lock for some 3 ms.
/// Where nobody waits for it: bounded by the memory that it takes.
constexpr std::size_t kLargestGroupOfAll = 2048;
/// There outcomes gather until they are so many, or for twice as long as the last group took.
constexpr std::size_t kGathered = 256;
constexpr core::LockPause kPauseToGather{.per_hold = 2, .least = 20ms, .most = 100ms};

constexpr auto kOthersAreRemembered = 2s;
constexpr auto kHeldBesideOthers = 600us;
constexpr std::size_t kLeastGroupBesideOthers = 16;
/// Their sleeps of a millisecond end a tenth of one late, or more on a busy machine: hence `least`. Where the
/// lock was held for too long, the machine had something else to do, which says little of the next: `most`.
constexpr core::LockPause kPauseBesideOthers{.per_hold = 2, .least = 1400us, .most = 10ms};
constexpr core::LockPause kPauseWhereOthersCommitOften{.per_hold = 9, .least = 1400us, .most = 10ms};
constexpr SteadyTime::duration kOften = 20ms;  ///< From one commit of others to the next, on average.

/// The newest value's share of a running mean is one in this many.
constexpr int kNewest = 8;

/// Where a sync takes longer than `kQuickSync`, one more group may be sent for meanwhile for each
/// `kSlowSyncStep`, up to `kMostOverlap` groups in all.
constexpr auto kQuickSync = 1500us;
constexpr auto kSlowSyncStep = 500us;
constexpr int kMostOverlap = 5;
constexpr int kSyncsMeasured = 16;

}  // namespace

void GroupCommitPolicy::others_committed() {
  const SteadyTime now = clock_.steady();
  const auto since = others_committed_at_ ? std::min(now - *others_committed_at_, kSeldom) : kSeldom;
  others_every_ += (since - others_every_) / kNewest;
  others_committed_at_ = now;
}

bool GroupCommitPolicy::beside_others() const {
  return others_committed_at_ && clock_.steady() - *others_committed_at_ <= kOthersAreRemembered;
}

bool GroupCommitPolicy::others_commit_often() const {
  return beside_others() && others_every_ <= kOften;
}

std::size_t GroupCommitPolicy::group_of(std::size_t outcomes) const {
  if (!holds_up_others_) return std::min(outcomes, kLargestGroupOfAll);
  if (!beside_others()) return std::min(outcomes, kLargestGroup);
  const std::size_t most =
      held_for_each_ <= SteadyTime::duration{}
          ? kLeastGroupBesideOthers
          : static_cast<std::size_t>(SteadyTime::duration(kHeldBesideOthers) / held_for_each_);
  return std::min(outcomes, std::max(most, kLeastGroupBesideOthers));
}

SteadyTime GroupCommitPolicy::next_from(std::size_t outcomes, bool more_come) const {
  if (!last_) return {};
  if (!holds_up_others_) {
    const bool gather = more_come && outcomes < kGathered;
    return gather ? last_->synced + kPauseToGather.after(last_->synced - last_->locked) : last_->synced;
  }
  if (!beside_others()) {
    return last_->synced + kPauseAlone.after(last_->published - last_->locked);
  }
  // An application that has just committed does something else first, as a rule: now is the time.
  const bool their_turn = others_commit_often() && *others_committed_at_ < last_->published;
  const core::LockPause& pause = their_turn ? kPauseWhereOthersCommitOften : kPauseBesideOthers;
  return last_->published + pause.after(last_->published - last_->locked);
}

void GroupCommitPolicy::committed(std::size_t outcomes, SteadyTime locked, SteadyTime published) {
  last_ = {locked, published, clock_.steady()};
  learn_disk(last_->synced - published);
  // The cost of a small group tells little of that of a large one.
  if (outcomes < kLeastGroupBesideOthers) return;
  const auto each = (published - locked) / static_cast<std::int64_t>(outcomes);
  held_for_each_ =
      held_for_each_ == SteadyTime::duration{} ? each : held_for_each_ + (each - held_for_each_) / kNewest;
}

/// By the quickest of the last syncs: on a busy machine single ones take long on any disk.
void GroupCommitPolicy::learn_disk(SteadyTime::duration took) {
  quickest_sync_ = syncs_measured_ == 0 ? took : std::min(quickest_sync_, took);
  if (++syncs_measured_ < kSyncsMeasured) return;
  syncs_measured_ = 0;
  const auto steps = quickest_sync_ < kQuickSync ? 0 : quickest_sync_ / kSlowSyncStep;
  overlap_ = 1 + static_cast<int>(std::min<std::int64_t>(steps, kMostOverlap - 1));
}

}  // namespace keitaro_outbox::delivery
