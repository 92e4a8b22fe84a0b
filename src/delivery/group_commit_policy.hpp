#pragma once

#include <cstddef>
#include <optional>

#include "core/text/time.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::delivery {

/// When a group of outcomes is committed, of how many it is, and how much may be sent meanwhile.
///
/// A lone outcome is committed at once. In a flood the write lock is left free for as long as it was held.
/// An application that finds it taken sleeps for a millisecond, as SQLite's time-out has it, then for two,
/// then for five: so while others are seen to commit it is held for less than a millisecond, and then left
/// free until whoever found it taken has looked again. While they commit often it is left free for longer, or
/// until one of them has had it, so that few find it taken at all.
class GroupCommitPolicy {
 public:
  explicit GroupCommitPolicy(const ports::Clock& clock) : clock_(clock) {}

  /// Others were seen to commit.
  void others_committed();

  /// Whether that was of late.
  bool beside_others() const;

  /// How many of so many outcomes are to be committed together.
  std::size_t group_of(std::size_t outcomes) const;

  /// When the next group may be written.
  core::SteadyTime next_from() const;

  /// A group of so many outcomes is on the disk just now. The write lock was held from `locked` to
  /// `published`, the rest was waiting for the disk.
  void committed(std::size_t outcomes, core::SteadyTime locked, core::SteadyTime published);

  /// Whether a group was committed so recently.
  bool committed_within(core::SteadyTime::duration span) const {
    return last_ && clock_.steady() - last_->synced <= span;
  }

  /// How many times as much as usual may be sent while outcomes are being committed, by how long the disk
  /// takes for it: otherwise sending would stand still meanwhile. At least 1.
  int overlap() const { return overlap_; }

 private:
  static constexpr core::SteadyTime::duration kSeldom = std::chrono::milliseconds{40};

  struct Commit {
    core::SteadyTime locked;
    core::SteadyTime published;
    core::SteadyTime synced;
  };

  bool others_commit_often() const;
  void learn_disk(core::SteadyTime::duration took);

  const ports::Clock& clock_;
  std::optional<Commit> last_;
  core::SteadyTime::duration held_for_each_{};  ///< The lock, for an outcome, of late.

  std::optional<core::SteadyTime> others_committed_at_;
  core::SteadyTime::duration others_every_{kSeldom};  ///< From one of their commits to the next, of late.

  core::SteadyTime::duration quickest_sync_{};  ///< Of those measured.
  int syncs_measured_ = 0;
  int overlap_ = 1;
};

}  // namespace keitaro_outbox::delivery
