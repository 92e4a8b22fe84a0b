#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"
#include "report/planned_action.hpp"

namespace keitaro_outbox::report {

/// What is known of a row at one moment.
struct RowFacts {
  ports::RowRecord row;
  std::vector<ports::AttemptRecord> failed_attempts;  ///< In order.
  std::optional<ports::ConversionRecord>
      conversion;  ///< What the tracker last took in for the subid and tid that its request carries.
  std::optional<ports::RowRecord> earlier;  ///< The row of the same click that goes first.
  std::int64_t rows_before = 0;             ///< To be sent now, as this one, and written before it.
  ports::TrackerCondition condition;
  std::optional<bool> worker_running;
  std::int64_t groups_missing = 0;  ///< Of outcomes: more than 0 for an older copy, of which nothing is sent.
  std::optional<Outcome> outcome;   ///< If it were its turn; nullopt without a configuration.
  std::optional<Outcome> outcome_of_retry;  ///< The same for a row that is done, if it were sent again.
  std::string database;                     ///< For the commands.
  /// The same: `--config FILE` or `--to URL` as it was given; empty where the environment names it; nullopt
  /// where nothing does.
  std::optional<std::string> place_flags;
  core::WallTime now{};
};

/// Something that happened, or stands, in a row's life.
struct StoryEvent {
  std::optional<core::WallTime> at;  ///< nullopt for what nobody wrote down the time of.
  std::string_view what;  ///< For programs: written, scheduled, attempt_failed, taken_in, finished, verified.
  std::string text;       ///< For people.
};

/// Something that keeps a row from being sent.
struct Obstacle {
  /// For programs: no_worker, older_copy, unknown_tracker, paused, behind, scheduled, backoff,
  /// unrecorded, breaker, queue.
  std::string_view what;
  std::string text;
};

/// A command to paste.
struct Advice {
  std::string command;
  std::string does;
};

struct Explanation {
  std::vector<StoryEvent> story;  ///< In order of time.
  std::vector<Obstacle>
      waits_because;  ///< The one that must go first comes first; none where it does not wait.
  std::string next;   ///< When it is tried next, or why it is not; one sentence.
  std::optional<core::WallTime> next_try_at;  ///< Where that is a time.
  std::vector<Advice> advice;
  std::optional<std::string> curl;  ///< The request, key hidden.
};

/// Puts a row's story together.
Explanation explain(const RowFacts& facts);

}  // namespace keitaro_outbox::report
