#include <utility>

#include "cli/execute.hpp"
#include "cli/terminal/status_page.hpp"
#include "cli/terminal/watch.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"
#include "report/status/status_json.hpp"
#include "report/status/status_overview.hpp"
#include "report/time_words.hpp"
#include "report/verdict_words.hpp"

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

/// What trackers' own records say, for those that are asked.
std::vector<std::pair<std::string, report::VerdictTotals>> read_verdicts(
    const Command& command, const Surroundings& around, const config::Settings& settings,
    std::optional<core::Millis> patience) {
  std::vector<std::pair<std::string, report::VerdictTotals>> verdicts;
  std::unique_ptr<ports::ReadBackStore> store;
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (!spec.read_back) continue;
    if (!store) store = around.services.outbox(command.database)->read_back(kPatience);
    verdicts.emplace_back(spec.rules.name, report::count_verdicts(*store, spec.rules.name, patience));
  }
  return verdicts;
}

report::Json json_of_verdicts(const std::vector<std::pair<std::string, report::VerdictTotals>>& verdicts) {
  report::Json json = report::Json::array();
  for (const auto& [tracker, totals] : verdicts) {
    report::Json entry{{"tracker", tracker}, {"all_counted", totals.whole}};
    for (const core::Verdict verdict : core::kAllVerdicts)
      entry[std::string(core::name_of(verdict))] = totals.of[static_cast<std::size_t>(verdict)];
    json.push_back(std::move(entry));
  }
  return json;
}

void add_verdicts(const std::vector<std::pair<std::string, report::VerdictTotals>>& verdicts,
                  std::vector<Line>& page) {
  for (const auto& [tracker, totals] : verdicts) {
    Line line{core::printable(tracker) + "'s own records: "};
    bool first = true;
    for (const core::Verdict verdict : core::kAllVerdicts) {
      const std::int64_t count = totals.of[static_cast<std::size_t>(verdict)];
      if (count == 0 && verdict != core::Verdict::recorded) continue;
      const bool bad = verdict == core::Verdict::absent || verdict == core::Verdict::differs;
      const bool partial =
          !totals.whole && (verdict == core::Verdict::recorded || verdict == core::Verdict::unchecked);
      if (!std::exchange(first, false)) line.push_back({", "});
      line.push_back(
          {(partial ? "≥" : "") + report::grouped(count) + " " + std::string(core::name_of(verdict)),
           bad ? Tone::warning : Tone::plain});
    }
    page.push_back(std::move(line));
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
  const auto verdicts = read_verdicts(command, around, settings, patience);
  if (command.json) {
    report::Json json = report::status_json(overview);
    json["front_door"] = {{"rejects_waiting", intake.open_rejects}, {"spool_bytes", intake.spool_bytes}};
    if (!verdicts.empty()) json["read_back"] = json_of_verdicts(verdicts);
    report::print_json(around.out, json);
    return kDone;
  }
  std::vector<Line> page = status_page(overview, around.line_width, false);
  add_front_door(intake, page);
  add_verdicts(verdicts, page);
  Paint::for_output(command, around).print(around.out, wrapped(page, around.line_width), around.line_width);
  return kDone;
}

}  // namespace keitaro_outbox::cli
