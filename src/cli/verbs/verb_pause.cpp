// The verbs `pause` and `resume`.
#include "cli/execute.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

std::string sentence(const Pause& args, bool changed) {
  const std::string name = core::quoted_if_needed(args.tracker);
  if (args.what == Pause::What::resume) return name + (changed ? " goes on" : " was not paused");
  if (!changed) return name + " was paused already";
  return name + " is paused: nothing is sent to it until `keitaro-outbox resume " + name + "`";
}

}  // namespace

ExitCode execute(const Pause& args, const Command& command, const Surroundings& around) {
  const TrackerLookup lookup = look_up_tracker(args.tracker, args.choice, command, around);
  const auto admin = around.services.outbox(command.database)->admin();
  const bool pause = args.what == Pause::What::pause;
  const bool changed = pause ? admin->pause(args.tracker, around.now) : admin->resume(args.tracker);
  if (command.json) {
    report::print_json(around.out, {{"tracker", args.tracker},
                                    {"paused_at", report::json_of(admin->paused_since(args.tracker))},
                                    {"changed", changed},
                                    {"known", report::json_of(lookup.configured)}});
  } else {
    around.out << sentence(args, changed) << '\n';
  }
  if (lookup.warning.empty()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << core::printable(lookup.warning) << '\n';
  return kDone;
}

}  // namespace keitaro_outbox::cli
