#include "delivery/commit_pace.hpp"

#include <algorithm>
#include <cstdint>

namespace keitaro_outbox::delivery {

namespace {

using namespace std::chrono_literals;
using core::SteadyTime;

constexpr auto kLeastCommitSpacing = 1ms;
constexpr auto kCommitSpacingBesideOthers = 1500us;
constexpr int kFreeBesideOthers = 6;
constexpr auto kLongestCommitSpacing = 50ms;
constexpr std::size_t kGroupBesideOthers = 32;
constexpr auto kOthersAreRemembered = 2s;

/// Where the disk takes longer than this for a commit, more is sent meanwhile: as many times more as it takes
/// steps longer, at most so many.
constexpr auto kQuickCommit = 1500us;
constexpr auto kSlowCommitStep = 600us;
constexpr int kMostOverlap = 5;
constexpr int kCommitsMeasured = 16;

}  // namespace

std::size_t CommitPace::group_of(std::size_t outcomes) const {
  return beside_others() ? std::min(outcomes, kGroupBesideOthers) : outcomes;
}

SteadyTime CommitPace::next_from() const {
  if (!last_commit_) return {};
  const bool beside = beside_others();
  const SteadyTime::duration least = beside ? kCommitSpacingBesideOthers : kLeastCommitSpacing;
  const SteadyTime::duration spacing = beside ? kFreeBesideOthers * last_commit_took_ : last_commit_took_;
  return *last_commit_ + std::clamp<SteadyTime::duration>(spacing, least, kLongestCommitSpacing);
}

void CommitPace::committed(SteadyTime begun, SteadyTime written) {
  last_commit_ = clock_.steady();
  last_commit_took_ = *last_commit_ - begun;
  learn_disk(*last_commit_ - written);
}

bool CommitPace::beside_others() const {
  return others_committed_at_ && clock_.steady() - *others_committed_at_ <= kOthersAreRemembered;
}

/// By its quickest commit of late: on a machine that has much else to do single ones take long on any disk.
void CommitPace::learn_disk(SteadyTime::duration took) {
  quickest_commit_ = commits_measured_ == 0 ? took : std::min(quickest_commit_, took);
  if (++commits_measured_ < kCommitsMeasured) return;
  commits_measured_ = 0;
  const auto steps = quickest_commit_ < kQuickCommit ? 0 : quickest_commit_ / kSlowCommitStep;
  overlap_ = 1 + static_cast<int>(std::min<std::int64_t>(steps, kMostOverlap - 1));
}

}  // namespace keitaro_outbox::delivery
