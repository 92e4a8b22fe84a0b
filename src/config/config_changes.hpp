#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace keitaro_outbox::config {

/// What differs between two configurations, by names alone: no value is told, as some are secret.
struct ConfigChanges {
  std::vector<std::string> added;    ///< Trackers.
  std::vector<std::string> removed;  ///< The same.
  std::vector<std::string> changed;  ///< `default (url, concurrency)`.
  bool log_level = false;
  bool sources = false;                    ///< Of the front door.
  std::vector<std::string> needs_restart;  ///< Keys of the process that a running one cannot change.

  bool any() const;
};

ConfigChanges changes_between(const Settings& before, const Settings& after);

}  // namespace keitaro_outbox::config
