#pragma once

#include "process/event_fd.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// While it lives, SIGTERM and SIGINT stop the engine, or raise `stop` (what is in flight may finish), a
/// second SIGINT ends the process at once with exit code 1, and SIGPIPE is ignored. SIGHUP raises `reload`,
/// unless the terminal that the process was started from has gone, which stops the engine too. One at a time.
class Signals {
 public:
  /// What is given must outlive this object. Without `reload` SIGHUP is left as it was.
  Signals(worker::Engine& engine, process::EventFd* reload);
  Signals(process::EventFd& stop, process::EventFd* reload);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  explicit Signals(process::EventFd* reload);
};

}  // namespace keitaro_outbox::app
