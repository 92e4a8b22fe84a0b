#include "cli/execute.hpp"
#include "cli/terminal/table.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "cli/verbs/unsure.hpp"
#include "core/url/deep_link.hpp"
#include "ports/outbox_reader.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What a reader of the list wants to know of the row's way.
std::string remark(const ports::RowRecord& row, core::WallTime now) {
  if (row.reason && !row.reason->empty()) return *row.reason;
  if (row.state != core::State::pending) return {};
  if (row.waits_for) return "waits for row " + std::to_string(row.waits_for->value);
  if (row.due_at > now) return "due in " + report::until_words(row.due_at, now);
  return {};
}

Tone tone_in_list(core::State state) {
  if (state == core::State::dead) return Tone::bad;
  return state == core::State::refused ? Tone::warning : Tone::plain;
}

Table table_of(const std::vector<ports::RowRecord>& rows, core::WallTime now) {
  Table table({{"id", true, 0},
               {"state", false, 0},
               {"tracker", false, 8},
               {"subid", false, 10},
               {"status", false, 6},
               {"tries", true, 0},
               {"age", true, 0},
               {"remark", false, 12}},
              Table::LastColumn::wrapped);
  for (const ports::RowRecord& row : rows) {
    table.add({std::to_string(row.id.value),
               {std::string(core::name_of(row.state)), tone_in_list(row.state)},
               row.tracker,
               row.subid,
               row.status,
               std::to_string(row.attempts),
               report::short_span(now - row.created_at),
               remark(row, now)});
  }
  return table;
}

ports::RowFilter filter_of(const List& args, core::WallTime now) {
  ports::RowFilter filter{.state = args.state,
                          .verdict = args.verdict,
                          .tracker = args.tracker,
                          .campaign = args.campaign,
                          .subid = args.subid,
                          .reason = args.reason,
                          .before = std::nullopt,
                          .not_before = std::nullopt,
                          .since = std::nullopt,
                          .oldest_first = args.oldest_first || args.since,
                          .limit = args.limit};
  if (args.older_than) filter.before = now - *args.older_than;
  if (args.newer_than) filter.not_before = now - *args.newer_than;
  if (args.since) filter.since = core::OutboxId{*args.since};
  return filter;
}

}  // namespace

ExitCode execute(const List& args, const Command& command, const Surroundings& around) {
  require_known_tracker(args.tracker, args.choice, command, around);
  ports::RowFilter filter = filter_of(args, around.now);
  ++filter.limit;  // Tells whether there are more.
  const auto reader = around.services.outbox(command.database)->reader();
  tell_what_is_unsure(*reader, around);
  std::vector<ports::RowRecord> rows = reader->rows(filter);
  if (rows.empty() && filter.subid && filter.subid->find('.') != std::string::npos) {
    filter.subid = core::dashes_for_dots(*filter.subid);  // As the click came through Telegram.
    rows = reader->rows(filter);
  }
  const bool more = rows.size() > static_cast<std::size_t>(args.limit);
  if (more) rows.pop_back();
  if (command.json) {
    report::Json json = report::Json::array();
    for (const ports::RowRecord& row : rows) json.push_back(report::json_of(row));
    report::print_json(around.out, json);
    return kDone;
  }
  if (rows.empty()) {
    around.out << "no rows\n";
    return kDone;
  }
  table_of(rows, around.now).print(around.out, around.line_width, Paint::for_output(command, around));
  if (more) {
    around.out.flush();
    around.err << "keitaro-outbox: there are more rows: these are the "
               << (filter.oldest_first ? "oldest " : "newest ") << rows.size()
               << "; --limit N shows more, --since ID goes on behind a row\n";
  }
  return kDone;
}

}  // namespace keitaro_outbox::cli
