#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/execute.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "cli/verbs/unsure.hpp"
#include "core/text/printable.hpp"
#include "core/url/deep_link.hpp"
#include "ports/intake_rejects.hpp"
#include "ports/outbox_reader.hpp"
#include "report/row_json.hpp"
#include "report/row_words.hpp"
#include "report/time_words.hpp"
#include "report/verdict_words.hpp"

namespace keitaro_outbox::cli {
namespace {

struct RowStory {
  ports::RowRecord row;
  std::vector<ports::AttemptRecord> failed_attempts;
};

struct ClickStory {
  std::vector<RowStory> rows;
  std::vector<ports::ConversionRecord> conversions;
};

/// A click that came through Telegram has dashes in the rows, and the tracker's dots in what was sent.
ClickStory read_story(const Show& args, const Command& command, const Surroundings& around) {
  const auto reader = around.services.outbox(command.database)->reader();
  tell_what_is_unsure(*reader, around);
  ClickStory story;
  std::string in_rows = args.subid;
  auto rows = reader->rows_of_click(in_rows, args.tracker);
  if (rows.empty() && in_rows.find('.') != std::string::npos) {
    in_rows = core::dashes_for_dots(in_rows);
    rows = reader->rows_of_click(in_rows, args.tracker);
  }
  for (ports::RowRecord& row : rows) {
    auto attempts = reader->failed_attempts(row.id);
    story.rows.push_back({std::move(row), std::move(attempts)});
  }
  for (const std::string& sent : std::set{args.subid, in_rows, core::dots_for_dashes(in_rows)}) {
    for (auto& conversion : reader->conversions_of_click(sent, args.tracker))
      story.conversions.push_back(std::move(conversion));
  }
  return story;
}

/// A call with this click that could not become a row, among the newest that were turned away.
std::string what_of_rejects(const Show& args, const Command& command, const Surroundings& around) {
  constexpr std::int64_t kLookedAt = 1'000;
  if (args.subid.empty()) return {};
  for (const ports::IntakeReject& reject :
       around.services.outbox(command.database)->rejects()->newest(kLookedAt)) {
    if ((reject.query + " " + reject.body).find(args.subid) == std::string::npos) continue;
    return "; a call of " + core::printable(reject.source) +
           " with it could not become a row: `rejects --id " + std::to_string(reject.id) + "` says why";
  }
  return {};
}

report::Json json_story(const std::string& subid, const ClickStory& story) {
  report::Json json{
      {"subid", subid}, {"rows", report::Json::array()}, {"conversions", report::Json::array()}};
  for (const RowStory& row : story.rows) {
    report::Json entry = report::json_of(row.row);
    entry["failed_attempts"] = report::Json::array();
    for (const auto& attempt : row.failed_attempts)
      entry["failed_attempts"].push_back(report::json_of(attempt));
    json["rows"].push_back(std::move(entry));
  }
  for (const auto& conversion : story.conversions) json["conversions"].push_back(report::json_of(conversion));
  return json;
}

void print_fact(std::ostream& out, std::string_view name, const std::string& value) {
  constexpr std::size_t kNameWidth = 11;
  std::string padded(name);
  padded.resize(kNameWidth, ' ');
  out << "  " << padded << value << '\n';
}

std::string attempt_words(const ports::AttemptRecord& attempt) {
  std::string text = report::time_words(attempt.started_at) + "  " + core::printable(attempt.error) +
                     " after " + std::to_string(attempt.latency.count()) + " ms";
  if (attempt.response && !attempt.response->empty())
    text += " \"" + core::printable(*attempt.response) + "\"";
  return text;
}

void print_row(const RowStory& story, const Surroundings& around) {
  const ports::RowRecord& row = story.row;
  std::ostream& out = around.out;
  out << "row " << row.id.value << "  " << core::printable(row.status);
  if (row.sent_as && *row.sent_as != row.status) out << " (as " << core::printable(*row.sent_as) << ")";
  out << " to " << core::printable(row.tracker) << ": " << core::name_of(row.state) << '\n';
  const std::string said =
      core::printable(report::facts_words(row.tid, row.payout, row.cost, row.currency, row.params));
  if (!said.empty()) print_fact(out, "with", said);
  if (row.event_id) print_fact(out, "event", core::printable(*row.event_id));
  print_fact(out, "written", report::time_words(row.created_at));
  for (const ports::AttemptRecord& attempt : story.failed_attempts) {
    print_fact(out, "attempt " + std::to_string(attempt.attempt), attempt_words(attempt));
  }
  if (row.state == core::State::pending) {
    if (row.waits_for) print_fact(out, "waits for", "row " + std::to_string(row.waits_for->value));
    if (row.due_at > around.now) {
      print_fact(out, "due",
                 report::time_words(row.due_at) + ", in " + report::until_words(row.due_at, around.now));
    }
  }
  if (row.finished_at) {
    // A row that was refused, or a duplicate, was not sent this time: the answer would be an earlier one's.
    const bool answered = row.state == core::State::delivered || row.state == core::State::dead;
    const std::string answer =
        answered ? core::printable(report::answer_words(row.http_status, row.response)) : std::string();
    print_fact(out, std::string(core::name_of(row.state)),
               report::time_words(*row.finished_at) + (answer.empty() ? "" : "  ") + answer);
  }
  if (row.reason && !row.reason->empty()) print_fact(out, "reason", core::printable(*row.reason));
  out << '\n';
}

void print_conversion(const ports::ConversionRecord& conversion, core::WallTime now, std::ostream& out) {
  out << "taken in by " << core::printable(conversion.tracker) << ": " << core::printable(conversion.status);
  if (conversion.sent_status != conversion.status)
    out << " (sent as " << core::printable(conversion.sent_status) << ")";
  const std::string said = core::printable(report::facts_words(
      conversion.tid, conversion.payout, conversion.cost, conversion.currency, conversion.params));
  if (!said.empty()) out << ", " << said;
  out << ", at " << report::time_words(conversion.taken_in_at) << ", for row " << conversion.outbox_id.value
      << '\n';
  const std::string verdict = core::printable(report::verdict_words(conversion, now));
  if (!verdict.empty()) print_fact(out, "verdict", verdict);
}

}  // namespace

ExitCode execute(const Show& args, const Command& command, const Surroundings& around) {
  require_known_tracker(args.tracker, args.choice, command, around);
  const ClickStory story = read_story(args, command, around);
  const bool nothing = story.rows.empty() && story.conversions.empty();
  if (command.json) report::print_json(around.out, json_story(args.subid, story));
  if (nothing) {
    around.out.flush();
    around.err << "keitaro-outbox: no row has the subid '"
               << core::cut_to_width(core::printable(args.subid), 80) << "'"
               << what_of_rejects(args, command, around) << '\n';
    return kFailed;
  }
  if (command.json) return kDone;
  for (const RowStory& row : story.rows) print_row(row, around);
  for (const auto& conversion : story.conversions) print_conversion(conversion, around.now, around.out);
  if (story.conversions.empty()) around.out << "nothing was taken in by a tracker yet\n";
  return kDone;
}

}  // namespace keitaro_outbox::cli
