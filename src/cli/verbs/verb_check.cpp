#include <algorithm>

#include "cli/execute.hpp"
#include "cli/terminal/styled.hpp"
#include "config/load_settings.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

std::string_view json_name_of(report::Verdict verdict) {
  switch (verdict) {
    case report::Verdict::ok:
      return "ok";
    case report::Verdict::warn:
      return "warn";
    case report::Verdict::fail:
      break;
  }
  return "fail";
}

/// All as wide as the widest, so that the lines stand under one another.
std::string_view mark_of(report::Verdict verdict) {
  switch (verdict) {
    case report::Verdict::ok:
      return "ok  ";
    case report::Verdict::warn:
      return "warn";
    case report::Verdict::fail:
      break;
  }
  return "FAIL";
}

Line line_of(const report::Finding& finding) {
  std::string text = std::string(mark_of(finding.verdict)) + "  " + finding.subject;
  if (!finding.tracker.empty()) text += " of " + finding.tracker;
  return {text + ": " + finding.text};
}

report::Json json_findings(const std::vector<report::Finding>& findings, bool failed) {
  report::Json json{{"ok", !failed}, {"findings", report::Json::array()}};
  for (const report::Finding& finding : findings) {
    json["findings"].push_back(
        {{"verdict", json_name_of(finding.verdict)},
         {"subject", finding.subject},
         {"tracker", finding.tracker.empty() ? report::Json(nullptr) : report::Json(finding.tracker)},
         {"text", finding.text}});
  }
  return json;
}

}  // namespace

ExitCode execute(const Check& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_trackers(settings);
  const auto findings = around.services.check(
      {.database = command.database, .offline = args.offline, .now = around.now}, settings);
  const bool failed = std::ranges::any_of(
      findings, [](const report::Finding& finding) { return finding.verdict == report::Verdict::fail; });
  if (command.json) {
    report::print_json(around.out, json_findings(findings, failed));
  } else {
    constexpr std::size_t kMarkWidth = 6;
    std::vector<Line> lines;
    for (const report::Finding& finding : findings) lines.push_back(line_of(finding));
    Paint().print(around.out, wrapped(lines, around.line_width, kMarkWidth), std::nullopt);
  }
  return failed ? kFailed : kDone;
}

}  // namespace keitaro_outbox::cli
