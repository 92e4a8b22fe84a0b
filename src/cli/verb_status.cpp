#include <algorithm>

#include "app/backlog.hpp"
#include "app/load_settings.hpp"
#include "app/printable.hpp"
#include "cli/execute.hpp"
#include "cli/json_text.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"
#include "sqlite/inspection.hpp"
#include "sqlite/inspection_lock.hpp"

namespace keitaro_outbox::cli {
namespace {

using app::Backlog;

Json json_status(const std::vector<Backlog>& backlogs, std::optional<bool> worker, std::int64_t missing) {
  Json json{{"worker_running", json_of(worker)}, {"groups_missing", missing}, {"trackers", Json::array()}};
  for (const Backlog& backlog : backlogs) {
    Json entry{{"tracker", backlog.tracker}, {"known", json_of(backlog.known)}};
    for (const core::State state : app::kAllStates)
      entry[std::string(core::name_of(state))] = backlog.in(state);
    entry["oldest_pending_at"] = json_of(backlog.oldest_pending_at);
    entry["next_retry_at"] = json_of(backlog.next_retry_at);
    entry["next_scheduled_at"] = json_of(backlog.next_scheduled_at);
    entry["delivered_without_sentinel"] = backlog.without_sentinel;
    json["trackers"].push_back(std::move(entry));
  }
  return json;
}

void print_table(const std::vector<Backlog>& backlogs, const Surroundings& around) {
  std::vector<Table::Column> columns{{"tracker", false, 8}};
  for (const core::State state : app::kAllStates)
    columns.push_back({std::string(core::name_of(state)), true, 0});
  Table table(std::move(columns));
  for (const Backlog& backlog : backlogs) {
    std::vector<std::string> cells{backlog.tracker};
    for (const std::int64_t rows : backlog.rows) cells.push_back(std::to_string(rows));
    table.add(std::move(cells));
  }
  table.print(around.out, around.line_width);
}

/// `now` or `in 3m 12s`.
std::string when(core::WallTime time, core::WallTime now) {
  return time <= now ? "now" : "in " + until_words(time, now);
}

/// The earliest of one of the backlogs' times.
std::optional<core::WallTime> earliest(const std::vector<Backlog>& backlogs,
                                       std::optional<core::WallTime> Backlog::*time) {
  std::optional<core::WallTime> out;
  for (const Backlog& backlog : backlogs) {
    if (backlog.*time && (!out || *(backlog.*time) < *out)) out = backlog.*time;
  }
  return out;
}

void print_times(const std::vector<Backlog>& backlogs, const Surroundings& around) {
  if (const auto oldest = earliest(backlogs, &Backlog::oldest_pending_at)) {
    around.out << "oldest pending row: " << span_words(around.now - *oldest) << " old\n";
  }
  if (const auto retry = earliest(backlogs, &Backlog::next_retry_at)) {
    around.out << "next retry: " << when(*retry, around.now) << '\n';
  }
  if (const auto scheduled = earliest(backlogs, &Backlog::next_scheduled_at)) {
    around.out << "next scheduled row: " << when(*scheduled, around.now) << '\n';
  }
}

void print_remarks(const std::vector<Backlog>& backlogs, std::ostream& out) {
  for (const Backlog& backlog : backlogs) {
    const std::int64_t pending = backlog.in(core::State::pending);
    const std::string name = app::cut_to_width(app::printable(backlog.tracker), 40);
    if (pending > 0 && backlog.known == false) {
      out << "unknown tracker " << name << ": " << count_words(pending, "row waits", "rows wait")
          << " until the configuration has it\n";
    }
    if (backlog.without_sentinel > 0) {
      out << name << ": " << count_words(backlog.without_sentinel, "delivered row was", "delivered rows were")
          << " answered without the text asked for with return=\n";
    }
  }
}

void print_worker(std::optional<bool> worker, std::ostream& out) {
  if (!worker) return;
  out << (*worker ? "worker: running\n" : "worker: none is running on this host\n");
}

}  // namespace

ExitCode execute(const Status& args, const Command& command, const Surroundings& around) {
  const app::Settings settings = app::load_settings(args.overrides, around.environment);
  const auto remembered = sqlite::remembered_of(command.database);
  sqlite::Inspection inspection(command.database);
  const std::vector<Backlog> backlogs = app::backlogs_of(inspection.counts(), settings);
  const std::int64_t missing = remembered ? sqlite::groups_missing(inspection.identity(), *remembered) : 0;
  const auto worker = sqlite::worker_is_there(command.database);
  if (command.json) {
    print_json(around.out, json_status(backlogs, worker, missing));
    return kDone;
  }
  if (backlogs.empty()) {
    around.out << "the outbox is empty\n";
  } else {
    print_table(backlogs, around);
  }
  print_times(backlogs, around);
  print_remarks(backlogs, around.out);
  print_worker(worker, around.out);
  if (missing > 0) around.out << app::printable(sqlite::restored_text(command.database, missing)) << '\n';
  return kDone;
}

}  // namespace keitaro_outbox::cli
