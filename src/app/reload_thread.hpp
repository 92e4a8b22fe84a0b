#pragma once

#include <functional>
#include <string>
#include <thread>

#include "app/intake/front_door_service.hpp"
#include "app/readback/read_back_service.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"
#include "monitoring/notify_socket.hpp"
#include "process/event_fd.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// Looks after a running worker on a thread of its own: reloads the configuration when it is asked to, and
/// tells systemd how things stand.
class ReloadThread {
 public:
  struct Parts {
    worker::Engine& engine;
    FrontDoorService* front_door = nullptr;  ///< nullptr where the process has none.
    ReadBackService* read_back = nullptr;    ///< The same.
    log::Log& log;
    const monitoring::NotifySocket& socket;
    std::function<config::Settings()> load;  ///< Throws config::ConfigError. Empty: nothing can be reloaded.
    std::function<std::string()> status;     ///< One line for systemd. Called only where it listens.
    std::function<void(const config::Settings&)> reloaded = {};  ///< Told what is in force now; may be empty.
  };

  /// `settings` are those in force. All parts must outlive it.
  ReloadThread(Parts parts, config::Settings settings);
  ~ReloadThread();
  ReloadThread(const ReloadThread&) = delete;
  ReloadThread& operator=(const ReloadThread&) = delete;

  /// To be raised for a reload.
  process::EventFd& reload_asked() { return reload_asked_; }

 private:
  void run();
  void reload();
  void tell_status();

  const Parts parts_;
  config::Settings settings_;  // The thread's alone.
  std::string told_;

  process::EventFd reload_asked_;
  process::EventFd stop_asked_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::app
