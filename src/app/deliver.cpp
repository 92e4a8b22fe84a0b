#include "app/deliver.hpp"

#include <curl/curlver.h>
#include <poll.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "app/backend/engine_parts.hpp"
#include "app/backend/stores.hpp"
#include "app/check/check.hpp"
#include "app/intake/front_door_service.hpp"
#include "app/readback/doubtful_past.hpp"
#include "app/readback/read_back_service.hpp"
#include "app/reload_thread.hpp"
#include "app/signals.hpp"
#include "app/web/day_observer.hpp"
#include "app/web/page_service.hpp"
#include "core/text/database_name.hpp"
#include "core/text/printable.hpp"
#include "core/url/pasted_url.hpp"
#include "keitaro_outbox/version.hpp"
#include "log/log_observer.hpp"
#include "monitoring/backlog_counter.hpp"
#include "monitoring/heartbeat.hpp"
#include "monitoring/metrics.hpp"
#include "monitoring/monitor.hpp"
#include "ports/outbox_store.hpp"
#include "process/event_fd.hpp"
#include "sqlite/lock/recovery_journal.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::app {
namespace {

/// Where requests go, without keys. The URL of a tracker all of whose rows have a template is not used.
std::string address_shown(const core::TrackerRules& rules) {
  return rules.templates.own().empty() ? rules.url.redacted() : "by its templates";
}

void log_start(const cli::DeliverOptions& options, const config::Settings& settings, log::Log& log) {
  log.write(config::LogLevel::info, "start",
            {{"version", kVersion},
             {"database", core::shown_database(options.database)},
             {"pid", std::int64_t{::getpid()}},
             {"senders", std::int64_t{settings.senders}}});
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    log.write(config::LogLevel::info, "tracker",
              {{"name", spec.rules.name},
               {"url", address_shown(spec.rules)},
               {"concurrency", std::int64_t{spec.concurrency}},
               {"request_timeout_ms", std::int64_t{spec.request_timeout.count()}}});
  }
}

void log_end(const worker::Summary& summary, log::Log& log) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  log.write(config::LogLevel::info, "end",
            {{"how", worker::name_of(summary.end)},
             {"delivered", count(summary.counts.delivered)},
             {"duplicate", count(summary.counts.duplicate)},
             {"refused", count(summary.counts.refused)},
             {"dead", count(summary.counts.dead)},
             {"retried", count(summary.counts.retried)}});
}

/// Counts rows that were taken in with an answer that lacked the text asked for: their reason says so.
class UnmarkedCounter final : public worker::ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;

  void on_delivered(const ports::RowEvent& event) override {
    if (!event.reason.empty()) ++count_;
    ForwardingObserver::on_delivered(event);
  }
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
};

/// A URL that can hardly be a postback's takes every row and books none.
void warn_of_odd_urls(const config::Settings& settings, log::Log& log) {
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    for (const core::PostbackUrl& url : addresses_of(spec.rules)) {
      const std::string doubt = core::doubt_about_path(url);
      if (doubt.empty()) continue;
      log.write(config::LogLevel::warn, "odd_url",
                {{"tracker", std::string_view(spec.rules.name)},
                 {"url", std::string_view(url.redacted())},
                 {"reason", std::string_view(doubt)}});
    }
  }
}

/// A copy of a live database sends what the live one sends too.
void warn_of_use_elsewhere(ports::Outbox& outbox, log::Log& log) {
  try {
    if (outbox.reader()->was_used_elsewhere())
      log.write(config::LogLevel::warn, "used_elsewhere", {{"reason", kUsedElsewhere}});
  } catch (const ports::StoreError&) {
    // What is wrong with the database is told when it is used.
  }
}

/// The thread that hangs cannot be ended otherwise. Straight to the descriptor: what else prints may be what
/// hangs. Not abort(): what it leaves behind would hold the postback key.
[[noreturn]] void end_wedged(core::OutboxId row, core::Millis limit) {
  const std::string line = "keitaro-outbox: row " + std::to_string(row.value) + " has been handled for " +
                           core::format_duration(limit) +
                           " without end; the process ends itself, to be started again. A row that ends " +
                           std::to_string(sqlite::RecoveryJournal::kCrashesToQuarantine) +
                           " processes is set aside\n";
  // A pipe that nobody reads would hold up the end.
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, 0) > 0) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  }
  ::_exit(1);
}

std::vector<std::string> names_of(const std::vector<delivery::TrackerSpec>& trackers) {
  std::vector<std::string> names;
  for (const delivery::TrackerSpec& spec : trackers) names.push_back(spec.rules.name);
  return names;
}

monitoring::Heartbeat::Options heartbeat_options(const config::Settings& settings,
                                                 const monitoring::HealthState& health, log::Log& log) {
  const auto all_is_well = [&health] {
    // A standby keeps quiet: it would hide that the one that delivers hangs.
    return health.phase() == worker::RunPhase::delivering && health.live().ok && health.database_ok();
  };
  const auto on_failure = [&log](const std::string& what, std::int64_t failures) {
    log.write(config::LogLevel::warn, "heartbeat_failed",
              {{"reason", std::string_view(what)}, {"failures", failures}});
  };
  return {.url = settings.heartbeat->text(),
          .interval = settings.heartbeat_interval,
          .all_is_well = all_is_well,
          .on_failure = on_failure,
          .on_recovery = [&log] { log.write(config::LogLevel::info, "heartbeat_recovered"); }};
}

/// The size of the database's write-ahead log, which stands beside the real file.
std::function<std::uint64_t()> wal_bytes_of(const std::string& database) {
  std::error_code error;
  const auto real = std::filesystem::canonical(database, error);
  return [path = (error ? database : real.string()) + "-wal"]() -> std::uint64_t {
    std::error_code none;
    const auto bytes = std::filesystem::file_size(path, none);
    return none ? 0 : bytes;
  };
}

/// A scrape waits so long for new figures; of millions of rows it gets the last ones.
constexpr core::Millis kScrapePatience{300};

std::string name_of_file(const std::string& path) {
  if (core::is_postgresql_address(path)) return core::shown_database(path);
  return std::filesystem::path(path).filename().string();
}

/// Whether the worker and the front door, where there is one, do their work.
monitoring::Health both(monitoring::Health worker, const FrontDoorService* front_door) {
  if (front_door == nullptr) return worker;
  const monitoring::Health door = front_door->ready();
  return {worker.ok && door.ok, worker.text + "; " + door.text};
}

std::optional<web::LiveWorker> live_worker(const worker::Engine& engine, core::WallTime since) {
  web::LiveWorker live{.since = since,
                       .phase = std::string(monitoring::name_of(engine.phase())),
                       .delivers = engine.phase() == worker::RunPhase::delivering};
  for (delivery::TrackerSnapshot& tracker : engine.trackers())
    live.trackers.push_back({std::move(tracker.name), tracker.in_flight, tracker.flow});
  return live;
}

/// Another worker takes the clicks over of one that is late: nothing of these may be under way then.
void require_short_requests(const std::string& database, const config::Settings& settings) {
  const auto longest = longest_request(database);
  if (!longest) return;
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (spec.request_timeout <= *longest) continue;
    throw config::ConfigError("the tracker " + core::printable(spec.rules.name) +
                              " has a request_timeout of " + core::format_duration(spec.request_timeout) +
                              ": at most " + core::format_duration(*longest) +
                              " will do on PostgreSQL, where workers take over from each other");
  }
}

/// SQLite's own signal is quicker than any notification.
void require_database_that_notifies(const std::string& database, const config::Settings& settings) {
  if (settings.wake != config::Wake::notify || core::is_postgresql_address(database)) return;
  throw config::ConfigError(
      "wake = \"notify\" is for a PostgreSQL database: leave it out, commits in a SQLite file are noticed at "
      "once");
}

void log_listening(const std::string& why_not, log::Log& log) {
  if (why_not.empty()) return log.write(config::LogLevel::info, "listening_for_commits");
  log.write(config::LogLevel::warn, "polling_for_commits", {{"reason", std::string_view(why_not)}});
}

/// `run` waits for a server that is away. False where it was stopped meanwhile.
bool open_when_reachable(worker::Engine& engine, const cli::DeliverOptions& options,
                         const monitoring::NotifySocket& socket, log::Log& log) {
  constexpr core::Millis kTryAgain{1000};
  std::optional<process::EventFd> stop;
  std::optional<Signals> signals;
  while (true) {
    try {
      engine.open();
      if (stop) log.write(config::LogLevel::info, "store_recovered");
      return true;
    } catch (const ports::StoreError& error) {
      const bool away = error.kind() == ports::StoreError::Kind::io;
      if (!away || options.until_drained || !core::is_postgresql_address(options.database)) throw;
      if (!stop) {
        stop.emplace();
        signals.emplace(*stop, nullptr);
        socket.tell("READY=1\nSTATUS=waiting for the database\n");
        log.write(config::LogLevel::warn, "store_trouble", {{"reason", std::string_view(error.what())}});
      }
    }
    pollfd stopped{stop->fd(), POLLIN, 0};
    if (::poll(&stopped, 1, static_cast<int>(kTryAgain.count())) > 0) return false;
  }
}

std::map<std::string, std::string> library_versions() {
  return {{"curl", LIBCURL_VERSION}, {"sqlite", sqlite3_libversion()}};
}

}  // namespace

cli::Delivery deliver(const cli::DeliverOptions& options, const config::Settings& settings, log::Log& log) {
  require_short_requests(options.database, settings);
  require_database_that_notifies(options.database, settings);
  const monitoring::NotifySocket socket(options.environment);
  log::LogObserver log_observer(log);
  web::DayHistory history;
  const bool with_page = serves_page(settings);
  DayObserver day(history, &log_observer);
  UnmarkedCounter unmarked(with_page ? static_cast<ports::Observer*>(&day) : &log_observer);
  monitoring::Metrics metrics(names_of(settings.trackers), &unmarked);
  monitoring::HealthState health(socket,
                                 settings.listen ? static_cast<ports::Observer*>(&metrics) : &unmarked);

  WorkerContext context;
  context.listens = settings.wake == config::Wake::notify;
  context.on_listening = [&log](const std::string& why_not) { log_listening(why_not, log); };
  ApiTurns turns;
  const auto outbox = outbox_at(options.database, &context);
  worker::EngineOptions engine_options{
      .parts = engine_parts(options.database, &context),
      .trackers = settings.trackers,
      .senders = settings.senders,
      .grace = settings.grace,
      .until_drained = options.until_drained,
      .give_up_after = options.give_up_after,
      .keep = options.until_drained ? worker::RetentionAges{} : settings.keep,
      .resume_restored = options.resume_restored,
      .on_doubt =
          [&](ports::OutboxStore& store, worker::DoubtfulPast past, const std::function<bool()>& stop_asked) {
            resolve_past(past, store, *outbox, settings, log, stop_asked);
          },
      .handling_limit = options.handling_limit,
      .on_wedge = [&](core::OutboxId row) { end_wedged(row, options.handling_limit); },
      .observer = &health};
  // Whoever is not watched over need not tell how it does.
  if (settings.listen || settings.heartbeat || socket.present())
    engine_options.on_turn = [&health](worker::RunPhase phase) { health.turned(phase); };
  if (settings.listen) {
    engine_options.on_timing = [&metrics](ports::Timed what, std::chrono::nanoseconds took) {
      metrics.on_timing(what, took);
    };
  }
  worker::Engine engine(std::move(engine_options));
  // Before anything is logged, so that what is wrong with the file is told in one line and nothing else.
  if (!open_when_reachable(engine, options, socket, log)) return {};

  std::optional<monitoring::BacklogCounter> backlog_counter;
  if (settings.listen || socket.present())
    backlog_counter.emplace([&outbox] { return outbox->backlog(ports::BacklogScope::pending_only); });
  std::unique_ptr<FrontDoorService> front_door;
  if (settings.intake && !options.until_drained)
    front_door = std::make_unique<FrontDoorService>(options.database, settings, log);
  std::optional<ReadBackService> read_back;
  if (!options.until_drained) {
    read_back.emplace(*outbox, turns, settings, log,
                      [&engine] { return engine.phase() == worker::RunPhase::delivering; });
  }
  std::optional<PageService> page;
  if (with_page) {
    const auto live = [&engine, since = ports::wall_now()] { return live_worker(engine, since); };
    page.emplace(PageService::Parts{.outbox = *outbox,
                                    .database = options.database,
                                    .log = log,
                                    .turns = turns,
                                    .live = live,
                                    .history = &history},
                 settings);
  }
  std::optional<monitoring::Monitor> monitor;
  if (settings.listen) {
    const auto wal_bytes = wal_bytes_of(options.database);
    monitor.emplace(*settings.listen, monitoring::Monitor::Parts{
                                          .live = [&] { return health.live(); },
                                          .ready = [&] { return both(health.ready(), front_door.get()); },
                                          .metrics =
                                              [&, wal_bytes] {
                                                monitoring::Reading reading;
                                                reading.database = name_of_file(options.database);
                                                reading.backlog = backlog_counter->backlog(kScrapePatience);
                                                reading.phase = health.phase();
                                                reading.database_ok = health.database_ok();
                                                reading.since_last_turn = health.since_last_turn();
                                                reading.trackers = engine.trackers();
                                                if (core::is_postgresql_address(options.database)) {
                                                  reading.share =
                                                      context.share.figures(std::chrono::steady_clock::now());
                                                } else {
                                                  reading.wal_bytes = wal_bytes();
                                                }
                                                reading.libraries = library_versions();
                                                std::string text = metrics.text(reading);
                                                if (front_door) text += front_door->metrics();
                                                if (read_back) text += read_back->metrics();
                                                return text;
                                              },
                                          .page = handler_of(page)});
  }
  const auto status = [&] {
    constexpr core::Millis kPatience{1000};
    return monitoring::status_text(health.phase(), engine.trackers(), backlog_counter->backlog(kPatience));
  };
  std::function<config::Settings()> load;
  if (options.load) {
    load = [&options] {
      config::Settings loaded = options.load();
      require_short_requests(options.database, loaded);
      return loaded;
    };
  }
  ReloadThread reload_thread({.engine = engine,
                              .front_door = front_door.get(),
                              .read_back = read_back ? &*read_back : nullptr,
                              .log = log,
                              .socket = socket,
                              .load = load,
                              .status = status,
                              .reloaded =
                                  [&page](const config::Settings& loaded) {
                                    if (page) page->reconfigure(loaded);
                                  }},
                             settings);
  const Signals signals(engine, options.load ? &reload_thread.reload_asked() : nullptr);
  for (const std::string& warning : settings.warnings) {
    log.write(config::LogLevel::warn, "configuration", {{"reason", warning}});
  }
  warn_of_odd_urls(settings, log);
  warn_of_missing_page(settings, log);
  warn_of_use_elsewhere(*outbox, log);
  log_start(options, settings, log);
  if (monitor)
    log.write(config::LogLevel::info, "listening",
              {{"address", std::string_view(monitor->address().text())}});
  std::optional<monitoring::Heartbeat> heartbeat;
  if (settings.heartbeat) heartbeat.emplace(heartbeat_options(settings, health, log));
  socket.tell("READY=1\n");
  const worker::Summary summary = engine.run();
  socket.tell("STOPPING=1\n");
  log_end(summary, log);
  return {summary, unmarked.count()};
}

}  // namespace keitaro_outbox::app
