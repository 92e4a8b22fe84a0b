#pragma once

#include <cstddef>
#include <optional>

#include "core/time.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::delivery {

/// When a group of outcomes is committed, of how many it is, and how much may be sent meanwhile.
///
/// A lone outcome is committed at once. In a flood the write lock is left free for as long as a commit held
/// it. An application that finds it taken sleeps for a millisecond, as SQLite's time-out has it, then for
/// longer and longer: so while others are seen to commit it is held for few rows, and then left free for
/// several times as long.
class CommitPace {
 public:
  explicit CommitPace(const ports::Clock& clock) : clock_(clock) {}

  /// Others were seen to commit.
  void others_committed() { others_committed_at_ = clock_.steady(); }

  /// How many of so many outcomes are to be committed together.
  std::size_t group_of(std::size_t outcomes) const;

  /// When the next group may be written.
  core::SteadyTime next_from() const;

  /// A group was committed just now, which was begun at `begun`, and of which all was written at `written`
  /// but for the commit itself.
  void committed(core::SteadyTime begun, core::SteadyTime written);

  /// Whether a group was committed so recently.
  bool committed_within(core::SteadyTime::duration span) const {
    return last_commit_ && clock_.steady() - *last_commit_ <= span;
  }

  /// How many times as much as usual may be sent while outcomes are being committed, by how long the disk
  /// takes for it: otherwise sending would stand still meanwhile. At least 1.
  int overlap() const { return overlap_; }

 private:
  bool beside_others() const;
  void learn_disk(core::SteadyTime::duration took);

  const ports::Clock& clock_;
  std::optional<core::SteadyTime> last_commit_;
  core::SteadyTime::duration last_commit_took_{};
  std::optional<core::SteadyTime> others_committed_at_;
  core::SteadyTime::duration quickest_commit_{};  ///< Of those measured, the disk's part alone.
  int commits_measured_ = 0;
  int overlap_ = 1;
};

}  // namespace keitaro_outbox::delivery
