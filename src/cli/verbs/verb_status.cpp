#include "cli/execute.hpp"
#include "cli/terminal/status_page.hpp"
#include "cli/terminal/watch.hpp"
#include "config/load_settings.hpp"
#include "report/row_json.hpp"
#include "report/status/status_json.hpp"
#include "report/status/status_overview.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

/// For how long rows are counted before a person is told what is known by then.
constexpr core::Millis kPatience{3'000};

/// What the front door has left to do; nothing where that is nothing.
void add_front_door(const IntakeBacklog& intake, std::vector<Line>& page) {
  if (intake.open_rejects > 0) {
    page.push_back({{report::count_words(intake.open_rejects, "reject", "rejects"), Tone::warning},
                    " of the front door: `keitaro-outbox rejects` says why"});
  }
  if (intake.spool_bytes > 0) {
    page.push_back({{report::grouped(intake.spool_bytes) + " bytes in the spool", Tone::warning},
                    " of the front door, not in the table yet"});
  }
}

}  // namespace

ExitCode execute(const Status& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  if (args.watch) return watch(args, command, around, settings);
  const auto reader = around.services.outbox(command.database)->backlog(ports::BacklogScope::everything);
  const auto patience = args.exact ? std::nullopt : std::optional(kPatience);
  const report::Overview overview = report::look_once(*reader, settings, around.now, patience);
  const IntakeBacklog intake = around.services.intake_backlog(command.database);
  if (command.json) {
    report::Json json = report::status_json(overview);
    json["front_door"] = {{"rejects_waiting", intake.open_rejects}, {"spool_bytes", intake.spool_bytes}};
    report::print_json(around.out, json);
    return kDone;
  }
  std::vector<Line> page = status_page(overview, around.line_width, false);
  add_front_door(intake, page);
  Paint::for_output(command, around)
      .print(around.out, wrapped(std::move(page), around.line_width), around.line_width);
  return kDone;
}

}  // namespace keitaro_outbox::cli
