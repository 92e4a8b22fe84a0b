#include "app/load_settings.hpp"
#include "app/overview.hpp"
#include "app/printable.hpp"
#include "cli/execute.hpp"
#include "cli/json_text.hpp"
#include "cli/status_page.hpp"
#include "cli/watch.hpp"
#include "sqlite/identity.hpp"
#include "sqlite/inspection.hpp"
#include "sqlite/inspection_lock.hpp"

namespace keitaro_outbox::cli {
namespace {

/// For how long rows are counted before a person is told what is known by then.
constexpr core::Millis kPatience{3'000};

}  // namespace

ExitCode execute(const Status& args, const Command& command, const Surroundings& around) {
  const app::Settings settings = app::load_settings(args.overrides, around.environment);
  if (args.watch) return watch(args, command, around, settings);
  const auto patience = args.exact ? std::nullopt : std::optional(kPatience);
  const app::Overview overview = app::look_once(command.database, settings, around.now, patience);
  const auto remembered = sqlite::remembered_of(command.database);
  const std::int64_t missing =
      remembered ? sqlite::groups_missing(sqlite::Inspection(command.database).identity(), *remembered) : 0;
  if (command.json) {
    Json json = status_json(overview);
    json["groups_missing"] = missing;
    print_json(around.out, json);
    return kDone;
  }
  Paint::for_output(command, around)
      .print(around.out, status_page(overview, around.line_width, false), around.line_width);
  if (missing > 0) around.out << app::printable(sqlite::restored_text(command.database, missing)) << '\n';
  return kDone;
}

}  // namespace keitaro_outbox::cli
