#include "cli/execute.hpp"
#include "cli/terminal/status_page.hpp"
#include "cli/terminal/watch.hpp"
#include "config/load_settings.hpp"
#include "report/row_json.hpp"
#include "report/status_json.hpp"
#include "report/status_overview.hpp"

namespace keitaro_outbox::cli {
namespace {

/// For how long rows are counted before a person is told what is known by then.
constexpr core::Millis kPatience{3'000};

}  // namespace

ExitCode execute(const Status& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  if (args.watch) return watch(args, command, around, settings);
  const auto reader = around.services.outbox(command.database)->backlog(ports::BacklogScope::everything);
  const auto patience = args.exact ? std::nullopt : std::optional(kPatience);
  const report::Overview overview = report::look_once(*reader, settings, around.now, patience);
  if (command.json) {
    report::print_json(around.out, report::status_json(overview));
    return kDone;
  }
  Paint::for_output(command, around)
      .print(around.out, wrapped(status_page(overview, around.line_width, false), around.line_width),
             around.line_width);
  return kDone;
}

}  // namespace keitaro_outbox::cli
