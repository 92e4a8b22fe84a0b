#include <algorithm>

#include "app/check/check.hpp"
#include "cli/execute.hpp"
#include "cli/row_json.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {
namespace {

std::string_view json_name_of(app::Verdict verdict) {
  switch (verdict) {
    case app::Verdict::ok:
      return "ok";
    case app::Verdict::warn:
      return "warn";
    case app::Verdict::fail:
      break;
  }
  return "fail";
}

/// All as wide as the widest, so that the lines stand under one another.
std::string_view mark_of(app::Verdict verdict) {
  switch (verdict) {
    case app::Verdict::ok:
      return "ok  ";
    case app::Verdict::warn:
      return "warn";
    case app::Verdict::fail:
      break;
  }
  return "FAIL";
}

void print_line(const app::Finding& finding, std::ostream& out) {
  out << mark_of(finding.verdict) << "  " << finding.subject;
  if (!finding.tracker.empty()) out << " of " << core::printable(finding.tracker);
  out << ": " << core::printable(finding.text) << '\n';
}

Json json_findings(const std::vector<app::Finding>& findings, bool failed) {
  Json json{{"ok", !failed}, {"findings", Json::array()}};
  for (const app::Finding& finding : findings) {
    json["findings"].push_back({{"verdict", json_name_of(finding.verdict)},
                                {"subject", finding.subject},
                                {"tracker", finding.tracker.empty() ? Json(nullptr) : Json(finding.tracker)},
                                {"text", finding.text}});
  }
  return json;
}

}  // namespace

ExitCode execute(const Check& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_trackers(settings);
  const auto findings =
      app::check_all({.database = command.database, .offline = args.offline, .now = around.now}, settings);
  const bool failed = std::ranges::any_of(
      findings, [](const app::Finding& finding) { return finding.verdict == app::Verdict::fail; });
  if (command.json) {
    print_json(around.out, json_findings(findings, failed));
  } else {
    for (const app::Finding& finding : findings) print_line(finding, around.out);
  }
  return failed ? kFailed : kDone;
}

}  // namespace keitaro_outbox::cli
