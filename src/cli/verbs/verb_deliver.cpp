// The verbs `run`, `drain`, `intake` and `page`.
#include "cli/execute.hpp"
#include "config/load_settings.hpp"
#include "config/option_values.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

config::Settings load(const config::Overrides& overrides, const config::Environment& environment) {
  config::Settings settings = config::load_settings(overrides, environment);
  config::require_trackers(settings);
  return settings;
}

/// For tests: a minute is long.
constexpr const char* kHandlingLimit = "KEITARO_OUTBOX_HANDLING_LIMIT";

Delivery deliver(const config::Overrides& overrides, DeliverOptions options, const Surroundings& around) {
  if (const auto limit = around.environment(kHandlingLimit))
    options.handling_limit = config::duration_value(*limit, config::kRequestTimeout);
  const config::Settings settings = load(overrides, around.environment);
  log::Log log = log::Log::to_stderr(settings.log_level, settings.log_format);
  return around.services.deliver(options, settings, log);
}

ExitCode code_of(const worker::Summary& summary) {
  if (summary.pending_left) return kPendingLeft;
  return summary.counts.dead + summary.counts.refused > 0 ? kSomeUnsent : kDone;
}

void print_counts(const Delivery& delivery, const Command& command, const Surroundings& around) {
  const worker::Summary& summary = delivery.summary;
  const worker::Counts& counts = summary.counts;
  if (command.json) {
    report::print_json(around.out, {{"end", worker::name_of(summary.end)},
                                    {"delivered", counts.delivered},
                                    {"delivered_without_sentinel", delivery.without_sentinel},
                                    {"duplicate", counts.duplicate},
                                    {"refused", counts.refused},
                                    {"dead", counts.dead},
                                    {"retried", counts.retried},
                                    {"pending_left", summary.pending_left},
                                    {"next_due_at", report::json_of(summary.next_due_at)},
                                    {"paused_trackers", summary.paused_trackers},
                                    {"unknown_trackers", summary.unknown_trackers}});
    return;
  }
  around.out << "delivered " << counts.delivered << ", duplicate " << counts.duplicate << ", refused "
             << counts.refused << ", dead " << counts.dead << '\n';
  if (delivery.without_sentinel > 0) {
    around.out << report::count_words(delivery.without_sentinel, "answer", "answers")
               << " lacked the text asked for with return=: is it Keitaro that answers? `keitaro-outbox "
                  "check` tells\n";
  }
}

/// Why the exit code is not 0.
std::string complaint(const worker::Summary& summary, const Drain& args, core::WallTime now) {
  if (!summary.pending_left) {
    return std::to_string(summary.counts.dead + summary.counts.refused) +
           " of the rows ended dead or refused: `keitaro-outbox list --state dead` and `--state refused` say "
           "why";
  }
  const bool drained = summary.end == worker::Summary::End::drained;
  const bool gave_up = summary.end == worker::Summary::End::gave_up && args.timeout;
  std::string text;
  if (summary.next_due_at && args.timeout) {
    text = "nothing more is due within " + core::format_duration(*args.timeout) +
           ": the next row is due in " + report::until_words(*summary.next_due_at, now) + " (" +
           report::time_words(*summary.next_due_at) + "); ";
  } else if (gave_up) {
    text = "gave up after " + core::format_duration(*args.timeout) + ": ";
  }
  text += "rows are still pending";
  std::string why;
  if (!summary.unknown_trackers.empty())
    why = "for trackers that the configuration lacks: " + core::joined(summary.unknown_trackers);
  if (!summary.paused_trackers.empty()) {
    why += why.empty() ? "" : "; ";
    why +=
        "for trackers that are paused (`resume` lets them go on): " + core::joined(summary.paused_trackers);
  }
  if (why.empty()) return text;
  return text + (drained ? " " : ", some ") + why;
}

/// Where `page` serves it, unless it is told otherwise.
constexpr int kPagePort = 8490;

config::Settings load_intake(const config::Overrides& overrides, const config::Environment& environment) {
  config::Settings settings = config::load_settings(overrides, environment);
  config::require_intake(settings);
  return settings;
}

}  // namespace

ExitCode execute(const Intake& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = load_intake(args.overrides, around.environment);
  log::Log log = log::Log::to_stderr(settings.log_level, settings.log_format);
  around.services.intake({.database = command.database,
                          .environment = around.environment,
                          .load = [&] { return load_intake(args.overrides, around.environment); }},
                         settings, log);
  return kDone;
}

ExitCode execute(const ServePage& args, const Command& command, const Surroundings& around) {
  config::Settings settings = config::load_settings(args.overrides, around.environment);
  // Not the file's `listen`: there the worker serves the page itself.
  settings.listen = args.overrides.listen.value_or(http::ListenAddress{"127.0.0.1", kPagePort});
  if (settings.page.mode == config::PageMode::off)
    throw UsageError("page: the configuration says page = \"off\": add --page on or --page read-only");
  if (settings.page.password.empty() && !config::is_loopback(*settings.listen)) {
    throw UsageError("page: " + settings.listen->text() +
                     " can be reached from other hosts: set page_password in the configuration, or --listen "
                     "on 127.0.0.1");
  }
  log::Log log = log::Log::to_stderr(settings.log_level, settings.log_format);
  around.services.page(
      {.database = command.database,
       .on_ready = [&](const std::string& url) { around.out << "the page is at " << url << std::endl; }},
      settings, log);
  return kDone;
}

ExitCode execute(const Run& args, const Command& command, const Surroundings& around) {
  deliver(args.overrides,
          {.database = command.database,
           .until_drained = false,
           .give_up_after = std::nullopt,
           .resume_restored = args.resume_restored,
           .environment = around.environment,
           .load = [&] { return load(args.overrides, around.environment); }},
          around);
  return kDone;
}

ExitCode execute(const Drain& args, const Command& command, const Surroundings& around) {
  const Delivery delivery = deliver(args.overrides,
                                    {.database = command.database,
                                     .until_drained = true,
                                     .give_up_after = args.timeout,
                                     .resume_restored = args.resume_restored,
                                     .environment = around.environment},
                                    around);
  print_counts(delivery, command, around);
  const worker::Summary& summary = delivery.summary;
  const ExitCode code = code_of(summary);
  if (code != kDone) {
    around.out.flush();
    around.err << "keitaro-outbox: " << core::printable(complaint(summary, args, around.now)) << '\n';
  }
  return code;
}

}  // namespace keitaro_outbox::cli
