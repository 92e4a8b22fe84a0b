#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/clock.hpp"
#include "ports/observer.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Looks after rows that nobody would send otherwise. Those of trackers that are not configured get a reason
/// that says so; those that wait for a row that is gone are unblocked. It works in small steps, each in a
/// transaction of its own, from time to time after others have committed.
class Maintenance {
 public:
  Maintenance(ports::OutboxStore& store, const ports::Clock& clock, ports::Observer& observer)
      : store_(store), clock_(clock), observer_(observer) {}

  /// Others have committed: there may be something to do.
  void others_committed();

  /// The configuration has changed, and `trackers` are in it now.
  void reconfigured(const std::vector<std::string>& trackers);

  /// Does what is due. `known` tells whether a tracker is configured. True when rows may have been unblocked:
  /// they must be loaded before any later one of their clicks.
  bool work(const std::function<bool(std::string_view)>& known);

  /// When there is something to do again; nullopt: not before others commit.
  std::optional<core::SteadyTime> due_at() const;

  /// Trackers that pending rows name and nobody configured, as last seen.
  const std::vector<std::string>& unknown_trackers() const { return unknown_names_; }

 private:
  struct UnknownTracker {
    core::OutboxId explained_up_to = core::kBeforeAllRows;
    bool done = false;
    bool begin_again = false;  ///< Once done: rows that were passed may have changed.
  };

  using Unknown = std::unordered_map<std::string, UnknownTracker>;

  void look_for_unknown_trackers(const std::function<bool(std::string_view)>& known);
  bool needs_explaining(const Unknown::value_type& unknown);
  bool explain(std::span<Unknown::value_type* const> some);
  void explain_step(Unknown::value_type& named);
  void sweep();

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  ports::Observer& observer_;

  Unknown unknown_;
  std::vector<std::string> unknown_names_;
  std::vector<std::string> names_so_far_;  ///< Of the round of looks under way.
  std::string looked_up_to_;               ///< A name; the round goes on behind it.
  std::vector<core::OutboxId> ids_;        ///< Kept for its memory.
  bool unknown_stale_ = true;
  std::optional<core::SteadyTime> unknown_looked_at_;

  bool sweep_stale_ = true;
  core::SteadyTime next_sweep_at_{};
  core::SteadyTime::duration sweep_took_{};
  std::optional<ports::SweepPosition> sweeping_;
};

}  // namespace keitaro_outbox::delivery
