#pragma once

#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// While it lives, SIGTERM and SIGINT stop the engine (what is in flight may finish), a second SIGINT ends
/// the process at once with exit code 1, and SIGPIPE is ignored. One at a time.
class StopSignals {
 public:
  /// `engine` must outlive this object.
  explicit StopSignals(worker::Engine& engine);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

}  // namespace keitaro_outbox::app
