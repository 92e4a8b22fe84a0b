#include "cli/execute.hpp"
#include "core/rules/status.hpp"
#include "core/text/printable.hpp"
#include "core/url/params.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

core::Params read_params(const std::string& json) {
  if (json.empty()) return {};
  core::ParsedParams parsed = core::parse_params(json);
  if (parsed.error) throw UsageError("--params: " + parsed.error->reason);
  return std::move(parsed.params);
}

void add_param(core::Params& params, const std::string& written) {
  const std::size_t equals = written.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError("--param: write name=value, such as sub_id_1=red");
  const std::string name = written.substr(0, equals);
  const std::string shown = core::cut_to_width(core::printable(name), 40);
  if (core::reserved_param(name)) {
    throw UsageError("--param: " + shown +
                     " has a flag of its own, or is set by the worker: leave it out here");
  }
  for (const auto& [other, value] : params) {
    if (other == name) throw UsageError("--param: " + shown + " is given twice");
  }
  params.emplace_back(name, written.substr(equals + 1));
}

/// The row's params from `--params` and `--param`. Without the latter the JSON stays as it was written.
std::string params_of(const Add& args) {
  core::Params params = read_params(args.conversion.params);
  if (args.params.empty()) return args.conversion.params;
  for (const std::string& written : args.params) add_param(params, written);
  return core::canonical_params(params);
}

Conversion conversion_of(const Add& args, core::WallTime now) {
  Conversion conversion = args.conversion;
  if (conversion.subid.empty()) throw UsageError("add: name the click with --subid");
  if (conversion.status.empty()) throw UsageError("add: say what happened with --status, such as sale");
  if (conversion.tracker.empty()) throw UsageError("--tracker: name the tracker, or leave the flag out");
  conversion.params = params_of(args);
  if (args.in) conversion.due_at = core::unix_millis(now + *args.in);
  return conversion;
}

void warn_of_own_status(const Conversion& conversion, const Surroundings& around) {
  if (core::StatusMap().find(core::normalized_status(conversion.status))) return;
  around.err
      << "keitaro-outbox: '" << core::cut_to_width(core::printable(conversion.status), 40)
      << "' is no status of Keitaro's or AlterCPA's: it is refused unless the tracker's `statuses` map it\n";
}

}  // namespace

ExitCode execute(const Add& args, const Command& command, const Surroundings& around) {
  const Conversion conversion = conversion_of(args, around.now);
  warn_of_own_status(conversion, around);
  const auto outbox = around.services.outbox(command.database);
  const auto id = outbox->admin()->append(conversion);
  if (id) {
    if (command.json) {
      report::print_json(around.out, {{"id", *id}, {"added", true}});
    } else {
      around.out << *id << '\n';
    }
    return kDone;
  }
  const auto there = outbox->reader()->row_of_event(conversion.event_id);
  const std::int64_t there_id = there.value_or(core::OutboxId{}).value;
  if (command.json) {
    report::print_json(around.out, {{"id", there_id}, {"added", false}});
  } else {
    around.out << "already there: row " << there_id << " has this event id\n";
  }
  return kDone;
}

}  // namespace keitaro_outbox::cli
