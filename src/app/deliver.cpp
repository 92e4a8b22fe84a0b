#include "app/deliver.hpp"

#include <unistd.h>

#include "app/log_observer.hpp"
#include "app/signals.hpp"
#include "keitaro_outbox/version.hpp"
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

}  // namespace

worker::Summary deliver(const DeliverOptions& options, const Settings& settings, Log& log) {
  LogObserver observer(log);
  worker::Engine engine({.database = options.database,
                         .trackers = settings.trackers,
                         .senders = settings.senders,
                         .grace = settings.grace,
                         .until_drained = options.until_drained,
                         .give_up_after = options.give_up_after,
                         .keep = options.until_drained ? worker::RetentionAges{} : settings.keep,
                         .resume_restored = options.resume_restored,
                         .handling_limit = options.handling_limit,
                         .on_wedge = [&](core::OutboxId row) { end_wedged(row, options.handling_limit); },
                         .observer = &observer});
  // Before anything is logged, so that what is wrong with the file is told in one line and nothing else.
  engine.open();
  const StopSignals signals(engine);
  for (const std::string& warning : settings.warnings) {
    log.write(LogLevel::warn, "configuration", {{"reason", warning}});
  }
  log_start(options, settings, log);
  const worker::Summary summary = engine.run();
  log_end(summary, log);
  return summary;
}

}  // namespace keitaro_outbox::app
