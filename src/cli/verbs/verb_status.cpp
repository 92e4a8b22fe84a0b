#include "app/status_overview.hpp"
#include "cli/execute.hpp"
#include "cli/row_json.hpp"
#include "cli/terminal/status_page.hpp"
#include "cli/terminal/watch.hpp"
#include "config/load_settings.hpp"

namespace keitaro_outbox::cli {
namespace {

/// For how long rows are counted before a person is told what is known by then.
constexpr core::Millis kPatience{3'000};

}  // namespace

ExitCode execute(const Status& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  if (args.watch) return watch(args, command, around, settings);
  const auto patience = args.exact ? std::nullopt : std::optional(kPatience);
  const app::Overview overview = app::look_once(command.database, settings, around.now, patience);
  if (command.json) {
    print_json(around.out, status_json(overview));
    return kDone;
  }
  Paint::for_output(command, around)
      .print(around.out, status_page(overview, around.line_width, false), around.line_width);
  return kDone;
}

}  // namespace keitaro_outbox::cli
