#include <algorithm>

#include "cli/execute.hpp"
#include "cli/terminal/styled.hpp"
#include "cli/verbs/unsure.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "keitaro_outbox/error.hpp"
#include "report/explanation.hpp"
#include "report/row_facts.hpp"
#include "report/row_json.hpp"
#include "report/row_words.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

/// The flags that tell a printed command where the configuration is, as this one was told.
std::optional<std::string> place_flags(const config::Overrides& overrides,
                                       const config::Environment& environment) {
  const auto config = overrides.config_path ? overrides.config_path : environment("KEITARO_OUTBOX_CONFIG");
  if (config && !config->empty()) return "--config " + report::shell_word(*config);
  if (overrides.to) return "--to URL";  // Its value holds the key.
  if (!environment("KEITARO_POSTBACK_URL").value_or("").empty()) return "";
  return std::nullopt;
}

report::RowFacts find(std::int64_t id, const Command& command, const config::Settings& settings,
                      const Surroundings& around) {
  const auto reader = around.services.outbox(command.database)->reader();
  tell_what_is_unsure(*reader, around);
  auto row = reader->row({id});
  if (!row) throw Error("there is no row " + std::to_string(id));
  report::RowFacts facts = report::facts_of(*reader, std::move(*row), settings, around.now);
  facts.database = command.database;
  return facts;
}

report::Json json_explanation(const report::RowFacts& facts, const report::Explanation& explanation) {
  report::Json json{{"row", report::json_of(facts.row)},
                    {"story", report::Json::array()},
                    {"waits_because", report::Json::array()}};
  for (const report::StoryEvent& event : explanation.story)
    json["story"].push_back({{"at", report::json_of(event.at)}, {"what", event.what}, {"text", event.text}});
  for (const report::Obstacle& obstacle : explanation.waits_because)
    json["waits_because"].push_back({{"what", obstacle.what}, {"text", obstacle.text}});
  json["next"] = explanation.next;
  json["next_try_at"] = report::json_of(explanation.next_try_at);
  json["commands"] = report::Json::array();
  for (const report::Advice& advice : explanation.advice)
    json["commands"].push_back({{"command", advice.command}, {"does", advice.does}});
  json["curl"] = report::json_of(explanation.curl);
  json["failed_attempts"] = report::Json::array();
  for (const auto& attempt : facts.failed_attempts)
    json["failed_attempts"].push_back(report::json_of(attempt));
  json["taken_in"] = facts.conversion ? report::json_of(*facts.conversion) : report::Json(nullptr);
  return json;
}

Tone tone_of(core::State state) {
  switch (state) {
    case core::State::delivered:
      return Tone::good;
    case core::State::dead:
      return Tone::bad;
    case core::State::refused:
      return Tone::warning;
    case core::State::pending:
    case core::State::duplicate:
    case core::State::cancelled:
      break;
  }
  return Tone::strong;
}

constexpr std::size_t kTimeWidth = 25;

/// Columns that are left on the terminal behind the first `taken`; as many as wanted for a file or a pipe.
std::size_t room_beside(std::size_t taken, std::optional<std::size_t> terminal) {
  if (!terminal) return std::string::npos;
  return *terminal > taken + 1 ? *terminal - taken : 1;
}

/// `text` beside what stands in the column of times, broken between words where the terminal ends. On a
/// narrow terminal it stands below.
void add_beside(const std::string& column, const Span& text, std::optional<std::size_t> terminal,
                std::vector<Line>& lines) {
  constexpr std::size_t kIndent = 2;
  const bool below = terminal && *terminal <= 2 * kTimeWidth;
  const std::size_t left = below ? kIndent : kTimeWidth;
  if (below && !column.empty()) lines.push_back({{column, Tone::faint}});
  std::string beside = below ? std::string() : column;
  for (std::string& part :
       core::broken_between_words(core::printable(text.text), room_beside(left, terminal))) {
    beside.resize(left, ' ');
    lines.push_back({{std::move(beside), Tone::faint}, {std::move(part), text.tone}});
    beside.clear();
  }
}

void add_head(const ports::RowRecord& row, std::vector<Line>& lines) {
  std::string status = row.status;
  if (row.sent_as && *row.sent_as != row.status) status += " (as " + *row.sent_as + ")";
  lines.push_back({{"row " + std::to_string(row.id.value), Tone::strong},
                   ": " + status + " of click " + row.subid + " to " + row.tracker + ", ",
                   {std::string(core::name_of(row.state)), tone_of(row.state)}});
  const std::string said = report::facts_words(row.tid, row.payout, row.cost, row.currency, row.params);
  if (!said.empty()) lines.push_back({"with " + said});
  lines.push_back({});
}

void add_advice(const std::vector<report::Advice>& all, std::optional<std::size_t> terminal,
                std::vector<Line>& lines) {
  std::size_t width = 0;
  std::size_t words = 0;
  for (const report::Advice& advice : all) {
    width = std::max(width, core::display_width(core::printable(advice.command)));
    words = std::max(words, core::display_width(core::printable(advice.does)));
  }
  const bool beside = !terminal || 2 + width + 4 + words <= *terminal;
  lines.push_back({});
  lines.push_back({{"what would change that:", Tone::faint}});
  for (const report::Advice& advice : all) {
    if (!beside) {
      constexpr std::string_view kComment = "  # ";
      for (const std::string& part :
           core::broken_between_words(core::printable(advice.does), room_beside(kComment.size(), terminal)))
        lines.push_back({{std::string(kComment) + part, Tone::faint}});
      lines.push_back({"  " + advice.command});
      continue;
    }
    const std::string padding(width - core::display_width(core::printable(advice.command)), ' ');
    lines.push_back({"  " + advice.command + padding, {"  # " + advice.does, Tone::faint}});
  }
}

std::vector<Line> page_of(const report::RowFacts& facts, const report::Explanation& explanation,
                          std::optional<std::size_t> terminal) {
  std::vector<Line> lines;
  add_head(facts.row, lines);
  for (const report::StoryEvent& event : explanation.story) {
    const std::string at = event.at ? report::time_words(*event.at) : std::string();
    add_beside(at, event.text, terminal, lines);
  }
  std::string column = "waits now";
  for (const report::Obstacle& obstacle : explanation.waits_because) {
    add_beside(column, {obstacle.text, Tone::warning}, terminal, lines);
    column.clear();
  }
  add_beside("sent next", explanation.next, terminal, lines);
  add_advice(explanation.advice, terminal, lines);
  if (explanation.curl) {
    lines.push_back({});
    lines.push_back({{"its request, with *** for the key:", Tone::faint}});
    lines.push_back({"  " + *explanation.curl});
  } else if (!facts.outcome) {
    lines.push_back({});
    lines.push_back({{"add --config FILE or --to URL to see its request", Tone::faint}});
  }
  return lines;
}

}  // namespace

ExitCode execute(const Explain& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  report::RowFacts facts = find(args.id, command, settings, around);
  facts.place_flags = place_flags(args.overrides, around.environment);
  const report::Explanation explanation = report::explain(facts);
  if (command.json) {
    report::print_json(around.out, json_explanation(facts, explanation));
    return kDone;
  }
  // Not cut: these lines are to be read, and pasted, as a whole.
  Paint::for_output(command, around)
      .print(around.out, page_of(facts, explanation, around.line_width), std::nullopt);
  return kDone;
}

}  // namespace keitaro_outbox::cli
