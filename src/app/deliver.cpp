#include "app/deliver.hpp"

#include <unistd.h>

#include <utility>
#include <vector>

#include "app/housekeeper.hpp"
#include "app/log_observer.hpp"
#include "app/signals.hpp"
#include "keitaro_outbox/version.hpp"
#include "service/heartbeat.hpp"
#include "service/monitor.hpp"
#include "sqlite/witness.hpp"

namespace keitaro_outbox::app {
namespace {

/// Where requests go, without keys. The URL of a tracker all of whose rows have a template is not used.
std::string address_shown(const core::TrackerRules& rules) {
  return rules.templates.own().empty() ? rules.url.redacted() : "by its templates";
}

void log_start(const DeliverOptions& options, const Settings& settings, Log& log) {
  log.write(LogLevel::info, "start",
            {{"version", kVersion},
             {"database", options.database},
             {"pid", std::int64_t{::getpid()}},
             {"senders", std::int64_t{settings.senders}}});
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    log.write(LogLevel::info, "tracker",
              {{"name", spec.rules.name},
               {"url", address_shown(spec.rules)},
               {"concurrency", std::int64_t{spec.concurrency}},
               {"request_timeout_ms", std::int64_t{spec.request_timeout.count()}}});
  }
}

void log_end(const worker::Summary& summary, Log& log) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  log.write(LogLevel::info, "end",
            {{"how", name_of(summary.end)},
             {"delivered", count(summary.counts.delivered)},
             {"duplicate", count(summary.counts.duplicate)},
             {"refused", count(summary.counts.refused)},
             {"dead", count(summary.counts.dead)},
             {"retried", count(summary.counts.retried)}});
}

/// The thread that hangs cannot be ended otherwise. Straight to the descriptor: what else prints may be what
/// hangs. Not abort(): what it leaves behind would hold the postback key.
[[noreturn]] void end_wedged(core::OutboxId row, core::Millis limit) {
  const std::string line = "keitaro-outbox: row " + std::to_string(row.value) + " has been handled for " +
                           core::format_duration(limit) +
                           " without end; the process ends itself, to be started again. A row that ends " +
                           std::to_string(sqlite::Witness::kEndsToSetAside) + " processes is set aside\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(1);
}

std::vector<std::string> names_of(const std::vector<delivery::TrackerSpec>& trackers) {
  std::vector<std::string> names;
  for (const delivery::TrackerSpec& spec : trackers) names.push_back(spec.rules.name);
  return names;
}

service::Heartbeat::Options heartbeat_options(const Settings& settings, const service::Vitals& vitals,
                                              Log& log) {
  const auto all_is_well = [&vitals] {
    // A standby keeps quiet: it would hide that the one that delivers hangs.
    return vitals.phase() == worker::Phase::delivering && vitals.live().ok && vitals.database_ok();
  };
  const auto on_failure = [&log](const std::string& what, std::int64_t failures) {
    log.write(LogLevel::warn, "heartbeat_failed",
              {{"reason", std::string_view(what)}, {"failures", failures}});
  };
  return {.url = settings.heartbeat->text(),
          .interval = settings.heartbeat_interval,
          .all_is_well = all_is_well,
          .on_failure = on_failure,
          .on_recovery = [&log] { log.write(LogLevel::info, "heartbeat_recovered"); }};
}

}  // namespace

std::string_view name_of(worker::Summary::End end) {
  switch (end) {
    case worker::Summary::End::stopped:
      return "stopped";
    case worker::Summary::End::drained:
      return "drained";
    case worker::Summary::End::gave_up:
      return "gave_up";
  }
  return "stopped";
}

worker::Summary deliver(const DeliverOptions& options, const Settings& settings, Log& log) {
  const service::NotifySocket socket(options.environment);
  LogObserver log_observer(log);
  service::Metrics metrics(names_of(settings.trackers), &log_observer);
  service::Vitals vitals(socket, settings.listen ? static_cast<ports::Observer*>(&metrics) : &log_observer);

  worker::EngineOptions engine_options{
      .database = options.database,
      .trackers = settings.trackers,
      .senders = settings.senders,
      .grace = settings.grace,
      .until_drained = options.until_drained,
      .give_up_after = options.give_up_after,
      .keep = options.until_drained ? worker::RetentionAges{} : settings.keep,
      .resume_restored = options.resume_restored,
      .handling_limit = options.handling_limit,
      .on_wedge = [&](core::OutboxId row) { end_wedged(row, options.handling_limit); },
      .observer = &vitals};
  // Whoever is not watched over need not tell how it does.
  if (settings.listen || settings.heartbeat || socket.present())
    engine_options.on_turn = [&vitals](worker::Phase phase) { vitals.turned(phase); };
  if (settings.listen) {
    engine_options.on_timing = [&metrics](sqlite::Timed what, std::chrono::nanoseconds took) {
      metrics.on_timing(what, took);
    };
  }
  worker::Engine engine(std::move(engine_options));
  // Before anything is logged, so that what is wrong with the file is told in one line and nothing else.
  engine.open();

  std::optional<service::CensusTaker> census;
  if (settings.listen || socket.present()) census.emplace(options.database);
  std::optional<service::Monitor> monitor;
  if (settings.listen) {
    monitor.emplace(*settings.listen,
                    service::Monitor::Parts{.database = options.database,
                                            .vitals = vitals,
                                            .metrics = metrics,
                                            .census = *census,
                                            .trackers = [&engine] { return engine.trackers(); }});
  }
  const auto status = [&] {
    constexpr core::Millis kPatience{1000};
    return service::status_text(vitals.phase(), engine.trackers(), census->backlog(kPatience));
  };
  Housekeeper housekeeper(
      {.engine = engine, .log = log, .socket = socket, .load = options.load, .status = status}, settings);
  const Signals signals(engine, options.load ? &housekeeper.reload_asked() : nullptr);
  for (const std::string& warning : settings.warnings) {
    log.write(LogLevel::warn, "configuration", {{"reason", warning}});
  }
  log_start(options, settings, log);
  if (monitor)
    log.write(LogLevel::info, "listening", {{"address", std::string_view(monitor->address().text())}});
  std::optional<service::Heartbeat> heartbeat;
  if (settings.heartbeat) heartbeat.emplace(heartbeat_options(settings, vitals, log));
  socket.tell("READY=1\n");
  const worker::Summary summary = engine.run();
  socket.tell("STOPPING=1\n");
  log_end(summary, log);
  return summary;
}

}  // namespace keitaro_outbox::app
