#include <algorithm>

#include "cli/execute.hpp"
#include "cli/terminal/table.hpp"
#include "config/load_settings.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "ports/intake_rejects.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using ports::IntakeReject;
using ports::RejectGroup;

report::Json json_of(const IntakeReject& reject) {
  return {{"id", reject.id},
          {"received_at", core::unix_millis(reject.received_at)},
          {"source", reject.source},
          {"method", reject.method},
          {"query", reject.query},
          {"body", reject.body.empty() ? report::Json(nullptr) : report::Json(reject.body)},
          {"reason", reject.reason},
          {"resolved_at", report::json_of(reject.resolved_at)}};
}

report::Json json_of(const RejectGroup& group) {
  return {{"source", group.source},
          {"reason", group.reason},
          {"rejects", group.count},
          {"first_at", core::unix_millis(group.first_at)},
          {"last_at", core::unix_millis(group.last_at)},
          {"newest_id", group.newest_id}};
}

std::vector<IntakeReject> named(const std::vector<std::int64_t>& ids, ports::IntakeRejects& rejects,
                                std::vector<std::int64_t>& missing) {
  std::vector<IntakeReject> found;
  for (const std::int64_t id : ids) {
    if (auto reject = rejects.find(id)) {
      found.push_back(*std::move(reject));
    } else {
      missing.push_back(id);
    }
  }
  return found;
}

std::string ids_text(const std::vector<std::int64_t>& ids) {
  return core::joined(ids, [](std::int64_t id) { return std::to_string(id); });
}

Table table_of(const std::vector<RejectGroup>& groups, core::WallTime now) {
  Table table({{"source", false, 6},
               {"requests", true, 0},
               {"first", true, 0},
               {"last", true, 0},
               {"newest id", true, 0},
               {"reason", false, 20}});
  for (const RejectGroup& group : groups) {
    table.add({group.source, std::to_string(group.count), report::short_span(now - group.first_at) + " ago",
               report::short_span(now - group.last_at) + " ago", std::to_string(group.newest_id),
               group.reason});
  }
  return table;
}

Table table_of(const std::vector<IntakeReject>& rejects, core::WallTime now) {
  Table table({{"id", true, 0},
               {"source", false, 6},
               {"age", true, 0},
               {"request", false, 20},
               {"reason", false, 20}});
  for (const IntakeReject& reject : rejects) {
    std::string request = reject.method + " " + reject.query;
    if (!reject.body.empty()) request += " " + reject.body;
    const std::string reason = reject.resolved_at ? "resolved: " + reject.reason : reject.reason;
    table.add({std::to_string(reject.id), reject.source, report::short_span(now - reject.received_at),
               std::move(request), reason});
  }
  return table;
}

ExitCode complain_of_missing(const std::vector<std::int64_t>& missing, std::string_view what,
                             const Surroundings& around) {
  around.out.flush();
  around.err << "keitaro-outbox: no such " << what << ": " << ids_text(missing) << '\n';
  return kFailed;
}

ExitCode list(const IntakeRejects& args, const Command& command, const Surroundings& around) {
  const auto rejects = around.services.outbox(command.database)->rejects();
  const Paint paint = Paint::for_output(command, around);
  std::vector<std::int64_t> missing;
  const bool by_id = !args.ids.empty();
  const std::vector<RejectGroup> groups = by_id ? std::vector<RejectGroup>() : rejects->groups();
  const std::vector<IntakeReject> shown =
      by_id ? named(args.ids, *rejects, missing) : rejects->newest(args.limit);
  if (command.json) {
    report::Json json{{"waiting", rejects->count_open()},
                      {"groups", report::Json::array()},
                      {"newest", report::Json::array()}};
    for (const RejectGroup& group : groups) json["groups"].push_back(json_of(group));
    for (const IntakeReject& reject : shown) json["newest"].push_back(json_of(reject));
    report::print_json(around.out, json);
  } else if (groups.empty() && shown.empty()) {
    if (missing.empty()) around.out << "no rejects\n";
  } else {
    if (!groups.empty()) table_of(groups, around.now).print(around.out, around.line_width, paint);
    if (!groups.empty() && !shown.empty()) around.out << '\n';
    if (!shown.empty()) table_of(shown, around.now).print(around.out, around.line_width, paint);
  }
  return missing.empty() ? kDone : complain_of_missing(missing, "reject", around);
}

ExitCode replay(const IntakeRejects& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_intake(settings);
  const ReplayReport report = around.services.replay_rejects(
      {.database = command.database, .ids = args.ids, .now = around.now}, settings);
  if (command.json) {
    report::print_json(around.out, {{"added", report.added},
                                    {"already_there", report.already_there},
                                    {"ignored", report.ignored},
                                    {"rejected", report.rejected},
                                    {"of_unknown_source", report.of_unknown_source},
                                    {"missing", report.missing}});
  } else {
    around.out << report::count_words(report.added, "row", "rows") << " added";
    if (report.already_there > 0) around.out << ", " << report.already_there << " already there";
    if (report.ignored > 0) around.out << ", " << report.ignored << " ignored as the request asks";
    around.out << ", " << report.rejected << " still rejected\n";
    constexpr std::size_t kMostReasons = 10;
    for (const auto& group : report.reasons.top(kMostReasons))
      around.out << "  " << group.rows << "  " << core::printable(group.text) << '\n';
    if (report.of_unknown_source > 0) {
      around.out << report.of_unknown_source
                 << " left alone: the configuration lacks the [[source]] that they came from\n";
    }
  }
  if (!report.missing.empty()) return complain_of_missing(report.missing, "unresolved reject", around);
  return report.rejected + report.of_unknown_source > 0 ? kSomeUnsent : kDone;
}

/// Oldest first, until none is left.
std::int64_t dismiss_all(ports::IntakeRejects& rejects, core::WallTime now) {
  constexpr std::int64_t kAtOnce = 500;
  std::int64_t dismissed = 0;
  std::int64_t last = 0;
  while (true) {
    const auto open = rejects.open_after(last, kAtOnce);
    for (const IntakeReject& reject : open) dismissed += rejects.resolve(reject.id, now) ? 1 : 0;
    if (open.empty()) return dismissed;
    last = open.back().id;
  }
}

ExitCode dismiss(const IntakeRejects& args, const Command& command, const Surroundings& around) {
  const auto outbox = around.services.outbox(command.database);
  outbox->require_not_moved();
  const auto rejects = outbox->rejects();
  std::vector<std::int64_t> missing;
  std::int64_t dismissed = 0;
  for (const std::int64_t id : args.ids) {
    if (rejects->resolve(id, around.now)) {
      ++dismissed;
    } else {
      missing.push_back(id);
    }
  }
  if (args.ids.empty()) dismissed = dismiss_all(*rejects, around.now);
  if (command.json) {
    report::print_json(around.out, {{"dismissed", dismissed}, {"missing", missing}});
  } else {
    around.out << report::count_words(dismissed, "reject", "rejects") << " dismissed\n";
  }
  return missing.empty() ? kDone : complain_of_missing(missing, "unresolved reject", around);
}

}  // namespace

ExitCode execute(const IntakeRejects& args, const Command& command, const Surroundings& around) {
  if (args.dismiss) return dismiss(args, command, around);
  return args.replay ? replay(args, command, around) : list(args, command, around);
}

}  // namespace keitaro_outbox::cli
