#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "core/row.hpp"
#include "core/time.hpp"
#include "sqlite/inspection.hpp"

namespace keitaro_outbox::app {

inline constexpr std::array kAllStates{core::State::pending, core::State::delivered, core::State::duplicate,
                                       core::State::refused, core::State::dead,      core::State::cancelled};

/// How much is where for one tracker.
struct Backlog {
  std::string tracker;
  std::optional<bool> known;  ///< Whether the configuration has the tracker; nullopt without a configuration.
  std::array<std::int64_t, kAllStates.size()> rows{};  ///< By state, in the order of kAllStates.
  std::optional<core::WallTime> oldest_pending_at;
  std::optional<core::WallTime> next_retry_at;
  std::optional<core::WallTime> next_scheduled_at;
  std::int64_t without_sentinel = 0;  ///< Delivered rows whose answer lacked the text that was asked for.

  std::int64_t in(core::State state) const { return rows[static_cast<std::size_t>(state)]; }
};

/// One for each tracker with rows, in alphabetical order. `settings` without trackers tell nothing of which
/// are known.
std::vector<Backlog> backlogs_of(const std::vector<sqlite::StateCount>& counts, const Settings& settings);

}  // namespace keitaro_outbox::app
