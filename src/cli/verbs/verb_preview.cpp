#include "cli/execute.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "keitaro_outbox/error.hpp"
#include "ports/outbox_reader.hpp"
#include "report/planned_action.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

struct Found {
  ports::RowRecord row;
  std::optional<core::LedgerEntry> last;
  std::optional<core::OutboxId> earlier_pending;  ///< The click's row that goes first.
};

Found find(std::int64_t id, ports::Outbox& outbox, const config::Settings& settings) {
  const auto reader = outbox.reader();
  auto row = reader->row({id});
  if (!row) throw Error("there is no row " + std::to_string(id));
  Found found{std::move(*row), std::nullopt, std::nullopt};
  const core::LedgerKey key = report::ledger_key_of(found.row, settings);
  const auto conversion = reader->conversion(found.row.tracker, key.subid, key.tid);
  if (conversion) found.last = report::ledger_for_plan(*conversion);
  found.earlier_pending = reader->earlier_pending(found.row);
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
    out.push_back("not before " + report::time_words(found.row.due_at) + ", in " +
                  report::until_words(found.row.due_at, now));
  }
  return out;
}

std::string not_in_template(const std::vector<std::string>& names) {
  std::string text = "the template leaves out what the row has as";
  for (const std::string& name : names) text += (name == names.front() ? " " : ", ") + name;
  return text;
}

report::Json json_preview(const Found& found, const report::Outcome& outcome,
                          const std::vector<std::string>& remarks) {
  report::Json params = report::Json::object();
  for (const auto& [name, value] : outcome.params) params[name] = value;
  report::Json request = nullptr;
  if (outcome.action == "send")
    request = {{"method", "GET"}, {"url", outcome.url}, {"params", std::move(params)}};
  report::Json sent_as = nullptr;
  if (outcome.sent_as) sent_as = core::name_of(*outcome.sent_as);
  return {{"id", found.row.id.value},
          {"state", core::name_of(found.row.state)},
          {"tracker", found.row.tracker},
          {"action", outcome.action},
          {"sent_as", std::move(sent_as)},
          {"request", std::move(request)},
          {"reason", outcome.reason.empty() ? report::Json(nullptr) : report::Json(outcome.reason)},
          {"notes", remarks}};
}

}  // namespace

ExitCode execute(const Preview& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_trackers(settings);
  const Found found = find(args.id, *around.services.outbox(command.database), settings);
  const report::Outcome outcome = report::outcome_of(found.row, found.last, settings);
  std::vector<std::string> remarks = notes(found, around.now);
  if (!outcome.left_out.empty()) remarks.push_back(not_in_template(outcome.left_out));
  if (command.json) {
    report::print_json(around.out, json_preview(found, outcome, remarks));
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
