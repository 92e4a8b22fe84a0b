#pragma once

#include <memory>
#include <string>

#include "app/pace_meter.hpp"
#include "app/status_overview.hpp"
#include "config/settings.hpp"
#include "sqlite/read/backlog_reader.hpp"

namespace keitaro_outbox::app {

/// Looks at one outbox again and again.
class Watcher {
 public:
  /// `settings` must outlive this object.
  Watcher(std::string database, const config::Settings& settings, core::Millis interval);

  /// What is to be seen now, with paces from the second look on. Throws ports::StoreError when the database
  /// cannot be read; the next look then opens it anew, as it does where another file took its place.
  Overview look(core::WallTime now);

 private:
  const std::string database_;
  const config::Settings& settings_;
  const core::Millis time_;
  std::unique_ptr<sqlite::BacklogReader> backlog_reader_;
  PaceMeter meter_;
};

}  // namespace keitaro_outbox::app
