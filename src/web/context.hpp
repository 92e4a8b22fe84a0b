#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/flow/flow_control.hpp"
#include "core/text/time.hpp"
#include "web/day_history.hpp"
#include "web/figures.hpp"

namespace keitaro_outbox::web {

/// How the worker of this process does with one tracker.
struct LiveTracker {
  std::string name;
  int in_flight = 0;
  core::FlowStanding flow{};
};

/// The worker of this process.
struct LiveWorker {
  core::WallTime since{};
  std::string phase;  ///< `delivering`, `standing by`.
  bool delivers = false;
  std::vector<LiveTracker> trackers = {};
};

/// What the screens are made of, beside what they ask the store themselves.
struct Context {
  core::WallTime now{};
  std::string version;
  std::string database;     ///< The file's path, for commands.
  std::string fingerprint;  ///< Of the configuration; empty without one.
  bool acts = false;        ///< Whether actions are offered.
  std::shared_ptr<const config::Settings> settings;
  std::shared_ptr<const Picture> picture;  ///< nullptr until the first look is done.
  std::optional<LiveWorker> live;          ///< nullopt where this process has no worker.
  DayHistory::Day day;
  std::map<std::string, LastAnswer> last_answers;
  std::optional<double> rate;
};

/// Of what the configuration says, without its secrets: the same for two workers with the same settings.
std::string fingerprint_of(const config::Settings& settings);

}  // namespace keitaro_outbox::web
