#include "app/intake/run_front_door.hpp"

#include <microhttpd.h>
#include <poll.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/backend/stores.hpp"
#include "app/intake/front_door_service.hpp"
#include "app/log_changes.hpp"
#include "app/signals.hpp"
#include "app/web/page_service.hpp"
#include "config/config_changes.hpp"
#include "core/text/database_name.hpp"
#include "keitaro_outbox/version.hpp"
#include "monitoring/monitor.hpp"
#include "monitoring/notify_socket.hpp"
#include "process/event_fd.hpp"
#include "worker/retention.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr int kForEver = -1;

/// What SIGHUP does: the whole of the new configuration, or nothing of it.
class Reload {
 public:
  Reload(const cli::IntakeOptions& options, config::Settings settings, FrontDoorService& door,
         std::optional<PageService>& page, log::Log& log)
      : options_(options), settings_(std::move(settings)), door_(door), page_(page), log_(log) {}

  void run() {
    try {
      const config::Settings loaded = options_.load();
      const config::ConfigChanges changes = config::changes_between(settings_, loaded);
      for (const std::string& warning : loaded.warnings)
        log_.write(config::LogLevel::warn, "configuration", {{"reason", warning}});
      log_.set_least(loaded.log_level);
      door_.reconfigure(loaded);
      log_changes(changes, loaded, log_);
      settings_.sources = loaded.sources;
      settings_.trackers = loaded.trackers;
      settings_.log_level = loaded.log_level;
      if (page_) page_->reconfigure(settings_);
    } catch (const std::exception& error) {
      log_.write(config::LogLevel::error, "reload_refused", {{"reason", std::string_view(error.what())}});
    }
  }

 private:
  const cli::IntakeOptions& options_;
  config::Settings settings_;  // In force.
  FrontDoorService& door_;
  std::optional<PageService>& page_;
  log::Log& log_;
};

/// Deletes old rejects, as a worker does; there may be none.
class RejectRetention {
 public:
  RejectRetention(const std::string& database, const config::Settings& settings, log::Log& log) : log_(log) {
    if (!settings.keep.rejects) return;
    worker::RetentionAges ages;
    ages.rejects = settings.keep.rejects;
    retention_.emplace(
        [database](const ports::PruningOptions& options) { return outbox_at(database)->pruner(options); },
        ages, [this] { reported_.raise(); });
  }

  int fd() const { return reported_.fd(); }

  void tell() {
    reported_.clear();
    if (!retention_) return;
    const auto report = retention_->take_report();
    if (!report) return;
    if (report->pruned.any())
      log_.write(config::LogLevel::info, "pruned", {{"rejects", report->pruned.rejects}});
    if (!report->error.empty())
      log_.write(config::LogLevel::warn, "prune_failed", {{"error", std::string_view(report->error)}});
  }

 private:
  log::Log& log_;
  process::EventFd reported_;
  std::optional<worker::Retention> retention_;
};

std::string metrics_of(FrontDoorService& door) {
  const std::map<std::string, std::string> libraries{{"sqlite", sqlite3_libversion()},
                                                     {"microhttpd", MHD_get_version()}};
  return door.metrics() + monitoring::process_text(libraries);
}

}  // namespace

void run_front_door(const cli::IntakeOptions& options, const config::Settings& settings, log::Log& log) {
  const monitoring::NotifySocket socket(options.environment);
  process::EventFd stop_asked;
  process::EventFd reload_asked;
  const auto outbox = outbox_at(options.database);
  outbox->require_not_moved();
  FrontDoorService door(options.database, settings, log);
  RejectRetention rejects(options.database, settings, log);
  ApiTurns turns;
  std::optional<PageService> page;
  if (serves_page(settings))
    page.emplace(
        PageService::Parts{.outbox = *outbox, .database = options.database, .log = log, .turns = turns},
        settings);
  std::optional<monitoring::Monitor> monitor;
  if (settings.listen) {
    monitor.emplace(*settings.listen,
                    monitoring::Monitor::Parts{.live =
                                                   [] {
                                                     return monitoring::Health{true, "alive"};
                                                   },
                                               .ready = [&door] { return door.ready(); },
                                               .metrics = [&door] { return metrics_of(door); },
                                               .page = handler_of(page)});
  }
  const Signals signals(stop_asked, options.load ? &reload_asked : nullptr);
  for (const std::string& warning : settings.warnings)
    log.write(config::LogLevel::warn, "configuration", {{"reason", warning}});
  warn_of_missing_page(settings, log);
  log.write(config::LogLevel::info, "start",
            {{"version", kVersion},
             {"database", core::shown_database(options.database)},
             {"pid", std::int64_t{::getpid()}}});
  if (monitor) {
    log.write(config::LogLevel::info, "listening",
              {{"address", std::string_view(monitor->address().text())}});
  }
  Reload reload(options, settings, door, page, log);
  socket.tell("READY=1\n");
  const auto watchdog = socket.watchdog_interval();
  const int timeout = watchdog ? static_cast<int>(watchdog->count()) : kForEver;
  while (true) {
    std::array<pollfd, 3> polled{
        {{stop_asked.fd(), POLLIN, 0}, {reload_asked.fd(), POLLIN, 0}, {rejects.fd(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), timeout);
    if (polled[0].revents != 0) break;
    if (watchdog) socket.tell("WATCHDOG=1\n");
    if (polled[2].revents != 0) rejects.tell();
    if (polled[1].revents == 0) continue;
    reload_asked.clear();
    socket.tell("RELOADING=1\n" + monitoring::monotonic_line());
    reload.run();
    socket.tell("READY=1\n");
  }
  socket.tell("STOPPING=1\n");
  log.write(config::LogLevel::info, "end", {{"how", "stopped"}});
}

}  // namespace keitaro_outbox::app
