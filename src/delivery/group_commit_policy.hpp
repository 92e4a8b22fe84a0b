#pragma once

#include <cstddef>
#include <optional>

#include "core/text/time.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::delivery {

/// When a group of outcomes is committed, how large it is, and how much may be sent meanwhile.
///
/// A lone outcome is committed at once. Under load the write lock is left free for as long as it was held.
/// An application that finds it taken sleeps for 1 ms, as SQLite's busy time-out does, then for 2 ms, then
/// for 5 ms. So while others commit the lock is held for less than 1 ms, and then left free until an
/// application that found it taken has tried again. While others commit often it is left free for longer, or
/// until one of them has had it, so that few find it taken at all.
class GroupCommitPolicy {
 public:
  /// `holds_up_others`: whether others wait for their commit while a group is written. Where they do not, a
  /// commit is a round trip to a server: outcomes gather for a moment while more are on their way.
  explicit GroupCommitPolicy(const ports::Clock& clock, bool holds_up_others = true)
      : clock_(clock), holds_up_others_(holds_up_others) {}

  /// Others have committed.
  void others_committed();

  /// Whether that was within the last 2 s.
  bool beside_others() const;

  /// How many of `outcomes` are to be committed together.
  std::size_t group_of(std::size_t outcomes) const;

  /// When `outcomes` may be written. `more_come`: others are to be expected soon.
  core::SteadyTime next_from(std::size_t outcomes, bool more_come) const;

  /// A group of `outcomes` is on the disk now. The write lock was held from `locked` to `published`; the rest
  /// of the time was spent waiting for the disk.
  void committed(std::size_t outcomes, core::SteadyTime locked, core::SteadyTime published);

  /// Whether a group was committed within the last `span`.
  bool committed_within(core::SteadyTime::duration span) const {
    return last_ && clock_.steady() - last_->synced <= span;
  }

  /// How many groups of outcomes may be sent for while one is being committed, at least 1: more where the
  /// disk takes long, as sending would stand still otherwise.
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
  const bool holds_up_others_;
  std::optional<Commit> last_;
  core::SteadyTime::duration held_for_each_{};  ///< The write lock, for each outcome; a running mean.

  std::optional<core::SteadyTime> others_committed_at_;
  core::SteadyTime::duration others_every_{kSeldom};  ///< Time between their commits; a running mean.

  core::SteadyTime::duration quickest_sync_{};  ///< Of the last `syncs_measured_`.
  int syncs_measured_ = 0;
  int overlap_ = 1;
};

}  // namespace keitaro_outbox::delivery
