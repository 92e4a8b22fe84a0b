#include "cli/execute.hpp"
#include "cli/planned_action.hpp"
#include "cli/row_json.hpp"
#include "cli/terminal/time_words.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "keitaro_outbox/error.hpp"
#include "sqlite/read/row_reader.hpp"

namespace keitaro_outbox::cli {
namespace {

struct Found {
  sqlite::RowRecord row;
  std::optional<core::LedgerEntry> last;
  std::optional<core::OutboxId> earlier_pending;  ///< The click's row that goes first.
};

Found find(std::int64_t id, const std::string& database) {
  sqlite::RowReader row_reader(database);
  auto row = row_reader.row({id});
  if (!row) throw Error("there is no row " + std::to_string(id));
  Found found{std::move(*row), std::nullopt, std::nullopt};
  const auto conversion =
      row_reader.conversion(found.row.tracker, found.row.subid, found.row.tid.value_or(""));
  if (conversion) found.last = sqlite::ledger_for_plan(*conversion);
  found.earlier_pending = row_reader.earlier_pending(found.row);
  return found;
}

/// What stands between the row and its request, a sentence each.
std::vector<std::string> notes(const Found& found, core::WallTime now) {
  std::vector<std::string> out;
  if (found.row.state != core::State::pending) {
    out.push_back("the row is " + std::string(core::name_of(found.row.state)) +
                  ": nothing is sent unless `keitaro-outbox retry --id " +
                  std::to_string(found.row.id.value) + "` asks for it");
    return out;
  }
  if (found.earlier_pending) {
    out.push_back("row " + std::to_string(found.earlier_pending->value) +
                  " of the same click goes first, and may change what becomes of this one");
  }
  if (found.row.due_at > now) {
    out.push_back("not before " + time_words(found.row.due_at) + ", in " +
                  until_words(found.row.due_at, now));
  }
  return out;
}

std::string not_in_template(const std::vector<std::string>& names) {
  std::string text = "the template leaves out what the row has as";
  for (const std::string& name : names) text += (name == names.front() ? " " : ", ") + name;
  return text;
}

Json json_preview(const Found& found, const Outcome& outcome, const std::vector<std::string>& remarks) {
  Json params = Json::object();
  for (const auto& [name, value] : outcome.params) params[name] = value;
  Json request = nullptr;
  if (outcome.action == "send")
    request = {{"method", "GET"}, {"url", outcome.url}, {"params", std::move(params)}};
  Json sent_as = nullptr;
  if (outcome.sent_as) sent_as = core::name_of(*outcome.sent_as);
  return {{"id", found.row.id.value},
          {"state", core::name_of(found.row.state)},
          {"tracker", found.row.tracker},
          {"action", outcome.action},
          {"sent_as", std::move(sent_as)},
          {"request", std::move(request)},
          {"reason", outcome.reason.empty() ? Json(nullptr) : Json(outcome.reason)},
          {"notes", remarks}};
}

}  // namespace

ExitCode execute(const Preview& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_trackers(settings);
  const Found found = find(args.id, command.database);
  const Outcome outcome = outcome_of(found.row, found.last, settings);
  std::vector<std::string> remarks = notes(found, around.now);
  if (!outcome.left_out.empty()) remarks.push_back(not_in_template(outcome.left_out));
  if (command.json) {
    print_json(around.out, json_preview(found, outcome, remarks));
    return kDone;
  }
  if (outcome.action == "send") {
    around.out << "GET " << core::printable(outcome.url) << '\n';
  } else {
    around.out << "not sent, " << outcome.word << ": " << core::printable(outcome.reason) << '\n';
  }
  for (const std::string& remark : remarks) around.out << "note: " << core::printable(remark) << '\n';
  return kDone;
}

}  // namespace keitaro_outbox::cli
