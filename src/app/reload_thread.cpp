#include "app/reload_thread.hpp"

#include <poll.h>

#include <array>
#include <exception>
#include <utility>

#include "app/log_changes.hpp"
#include "config/config_changes.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr int kStatusEveryMillis = 2000;
constexpr int kForEver = -1;

}  // namespace

ReloadThread::ReloadThread(Parts parts, config::Settings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)), thread_([this] { run(); }) {}

ReloadThread::~ReloadThread() {
  stop_asked_.raise();
  thread_.join();
}

void ReloadThread::run() {
  const int timeout = parts_.socket.present() ? kStatusEveryMillis : kForEver;
  while (true) {
    tell_status();
    std::array<pollfd, 2> polled{{{stop_asked_.fd(), POLLIN, 0}, {reload_asked_.fd(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), timeout);
    if (polled[0].revents != 0) return;
    if (polled[1].revents == 0) continue;
    reload_asked_.clear();
    reload();
  }
}

/// The whole of the new configuration, or nothing of it.
void ReloadThread::reload() {
  parts_.socket.tell("RELOADING=1\n" + monitoring::monotonic_line());
  try {
    config::Settings loaded = parts_.load();
    const config::ConfigChanges changes = config::changes_between(settings_, loaded);
    for (const std::string& warning : loaded.warnings)
      parts_.log.write(config::LogLevel::warn, "configuration", {{"reason", warning}});
    parts_.log.set_least(loaded.log_level);
    if (!changes.added.empty() || !changes.removed.empty() || !changes.changed.empty())
      parts_.engine.reconfigure(loaded.trackers);
    const bool trackers_changed =
        !changes.added.empty() || !changes.removed.empty() || !changes.changed.empty();
    if (parts_.read_back != nullptr && trackers_changed) parts_.read_back->reconfigure(loaded);
    if (parts_.front_door != nullptr && (changes.sources || trackers_changed)) {
      parts_.front_door->reconfigure(loaded);
      settings_.sources = loaded.sources;
    }
    log_changes(changes, loaded, parts_.log);
    // What needs a new start goes on as it was, and is told of again at the next reload.
    settings_.trackers = std::move(loaded.trackers);
    settings_.log_level = loaded.log_level;
    if (parts_.reloaded) parts_.reloaded(settings_);
  } catch (const std::exception& error) {
    parts_.log.write(config::LogLevel::error, "reload_refused", {{"reason", std::string_view(error.what())}});
  }
  parts_.socket.tell("READY=1\n");
}

void ReloadThread::tell_status() {
  if (!parts_.socket.present()) return;
  try {
    std::string status = parts_.status();
    if (status == told_) return;
    parts_.socket.tell(monitoring::status_line(status));
    told_ = std::move(status);
  } catch (const std::exception&) {
    // There is no memory for it now.
  }
}

}  // namespace keitaro_outbox::app
