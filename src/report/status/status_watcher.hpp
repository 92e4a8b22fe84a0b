#pragma once

#include <memory>

#include "config/settings.hpp"
#include "ports/outbox.hpp"
#include "report/status/pace_meter.hpp"
#include "report/status/status_overview.hpp"

namespace keitaro_outbox::report {

/// Looks at one outbox again and again.
class Watcher {
 public:
  /// Both must outlive this object.
  Watcher(ports::Outbox& outbox, const config::Settings& settings, core::Millis interval);

  /// What is to be seen now, with paces from the second look on. Throws ports::StoreError when the database
  /// cannot be read; the next look then opens it anew, as it does where another file took its place.
  Overview look(core::WallTime now);

 private:
  ports::Outbox& outbox_;
  const config::Settings& settings_;
  const core::Millis time_;
  std::unique_ptr<ports::BacklogReader> reader_;
  PaceMeter meter_;
};

}  // namespace keitaro_outbox::report
