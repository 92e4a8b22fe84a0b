#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/rules/row.hpp"
#include "core/text/amount.hpp"
#include "core/text/reason_groups.hpp"
#include "core/text/time.hpp"
#include "ports/backlog_reader.hpp"

namespace keitaro_outbox::report {

inline constexpr std::array kAllStates{core::State::pending, core::State::delivered, core::State::duplicate,
                                       core::State::refused, core::State::dead,      core::State::cancelled};

/// How fast one tracker's rows are finished, and the backlog goes down.
struct Pace {
  double finished_per_second = 0;
  std::optional<core::Millis>
      drained_in;      ///< At this pace; nullopt when nothing is left, or it does not go down.
  bool grows = false;  ///< More comes than is finished.
};

/// How one tracker stands. The sum of the four kinds of waiting rows is what is pending.
struct TrackerView {
  std::string tracker;
  std::optional<bool> known;  ///< Whether the configuration has the tracker; nullopt without a configuration.
  ports::TrackerCondition condition;
  std::array<std::int64_t, kAllStates.size()> rows{};  ///< By state, in the order of kAllStates.

  std::int64_t due = 0;         ///< To be sent now.
  std::int64_t scheduled = 0;   ///< For later, not tried yet.
  std::int64_t in_backoff = 0;  ///< For later, a try failed.
  std::int64_t behind = 0;      ///< Behind an earlier row of their click.
  std::optional<core::WallTime> oldest_due_at;
  std::optional<core::WallTime> oldest_pending_at;
  std::optional<core::WallTime> next_retry_at;
  std::optional<core::WallTime> next_scheduled_at;
  std::map<std::string, core::AmountSum> pending_payout;  ///< By currency in lower case, '' for none.
  /// The same by age, as ports::PendingDetails has it.
  std::map<std::string, std::array<core::AmountSum, 3>> pending_payout_by_age;

  std::int64_t without_sentinel = 0;  ///< Delivered rows whose answer lacked the text that was asked for.
  core::ReasonGroups pending_reasons;
  core::ReasonGroups refused_reasons;
  core::ReasonGroups dead_reasons;
  std::optional<Pace> pace;  ///< nullopt where there was only one look.

  std::int64_t in(core::State state) const { return rows[static_cast<std::size_t>(state)]; }
};

struct Overview {
  core::WallTime at{};
  std::string unsure;                        ///< What cannot be known as the store is read; or empty.
  std::optional<bool> worker_running;        ///< On this host; nullopt when that cannot be told.
  std::vector<ports::WorkerRecord> workers;  ///< Where several share the rows; the oldest first.
  /// How many groups of outcomes the database lacks that a worker of this host has recorded in it: it is an
  /// older copy, and nothing is sent.
  std::int64_t groups_missing = 0;
  std::vector<TrackerView> trackers;  ///< Those with rows, paused or in trouble, in alphabetical order.
  /// Whether all pending rows were read for their money, kinds and reasons; if not there is more of each.
  bool pending_whole = true;
  /// Whether all delivered, duplicate and cancelled rows were counted; if not there are more of each.
  bool finished_whole = true;
  core::WallTime pending_read_at{};   ///< When they were.
  core::WallTime finished_read_at{};  ///< When they were.
};

/// Puts together what was seen. `settings` without trackers do not tell which trackers are known.
Overview overview_of(const ports::StatusSnapshot& snapshot, const ports::BacklogReader& reader,
                     const config::Settings& settings, core::WallTime now);

/// Looks once, and reads rows for at most `time` (to the end without a limit).
Overview look_once(ports::BacklogReader& reader, const config::Settings& settings, core::WallTime now,
                   std::optional<core::Millis> time);

}  // namespace keitaro_outbox::report
