#include "cli/execute.hpp"
#include "cli/json_text.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"
#include "sqlite/inspection.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What a reader of the list wants to know of the row's way.
std::string remark(const sqlite::InspectedRow& row, core::WallTime now) {
  if (row.reason && !row.reason->empty()) return *row.reason;
  if (row.state != core::State::pending) return {};
  if (row.waits_for) return "waits for row " + std::to_string(row.waits_for->value);
  if (row.due_at > now) return "due in " + until_words(row.due_at, now);
  return {};
}

void print_table(const std::vector<sqlite::InspectedRow>& rows, const Surroundings& around) {
  Table table({{"id", true, 0},
               {"state", false, 0},
               {"tracker", false, 8},
               {"subid", false, 10},
               {"status", false, 6},
               {"tries", true, 0},
               {"age", true, 0},
               {"remark", false, 12}});
  for (const sqlite::InspectedRow& row : rows) {
    table.add({std::to_string(row.id.value), std::string(core::name_of(row.state)), row.tracker, row.subid,
               row.status, std::to_string(row.attempts), short_span(around.now - row.created_at),
               remark(row, around.now)});
  }
  table.print(around.out, around.line_width);
}

}  // namespace

ExitCode execute(const List& args, const Command& command, const Surroundings& around) {
  sqlite::RowFilter filter{
      .state = args.state, .tracker = args.tracker, .since = std::nullopt, .limit = args.limit};
  if (args.since) filter.since = core::OutboxId{*args.since};
  const std::vector<sqlite::InspectedRow> rows = sqlite::Inspection(command.database).rows(filter);
  if (command.json) {
    Json json = Json::array();
    for (const sqlite::InspectedRow& row : rows) json.push_back(json_of(row));
    print_json(around.out, json);
    return kDone;
  }
  if (rows.empty()) {
    around.out << "no rows\n";
    return kDone;
  }
  print_table(rows, around);
  return kDone;
}

}  // namespace keitaro_outbox::cli
