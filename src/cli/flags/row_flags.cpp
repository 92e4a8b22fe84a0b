#include "cli/flags/row_flags.hpp"

#include <CLI/CLI.hpp>

#include "cli/flags/flags.hpp"
#include "config/option_values.hpp"
#include "files/import_column.hpp"

namespace keitaro_outbox::cli {

void add_add_flags(CLI::App& app, Add& add) {
  Conversion& conversion = add.conversion;
  const auto text = [&](const std::string& name, const std::string& value_name, const std::string& help,
                        std::string& target) {
    return flag(app, name, value_name, help, [&target](const std::string& v) { target = v; });
  };
  text("--subid", "TEXT", "Keitaro's click id (required)", conversion.subid);
  text("--status", "NAME", "lead, sale, rejected, rebill, wait, hold, approve, cancel, trash (required)",
       conversion.status);
  text("--tid", "TEXT", "transaction id", conversion.tid);
  text("--payout", "AMOUNT", "such as 12.5", conversion.payout);
  text("--cost", "AMOUNT", "the same, for cost models", conversion.cost);
  text("--currency", "CODE", "three letters", conversion.currency);
  text("--campaign", "CODE", "campaign code", conversion.campaign);
  text("--tracker", "NAME", "the destination (default)", conversion.tracker);
  app.add_option("--param", add.params, "a further parameter, name=value; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  text("--params", "JSON", "further parameters as an object", conversion.params);
  text("--event-id", "TEXT", "adds the same event only once", conversion.event_id);
  auto* due =
      flag(app, "--due-at", "MS", "not before this time, Unix milliseconds", [&](const std::string& v) {
        conversion.due_at = config::count_value(v, {0, INT64_MAX - 1});
        if (const auto wrong = files::judge_due_at(conversion.due_at)) throw config::ValueError(*wrong);
      });
  flag(app, "--in", "TIME", "not before so long from now, such as 10m", [&](const std::string& v) {
    add.in = config::duration_value(v, config::kAnyDuration);
  })->excludes(due);
}

void add_status_flags(CLI::App& app, Status& status) {
  CLI::Option* watch = app.add_flag("--watch", status.watch, "keep looking, until q or SIGINT");
  flag(app, "--interval", "TIME", "between two looks of --watch (1s)", [&](const std::string& v) {
    status.interval = config::duration_value(v, {core::Millis{100}, std::chrono::hours{1}});
  })->needs(watch);
  app.add_flag("--exact", status.exact, "count every row, however long it takes; not with --watch")
      ->excludes(watch);
}

void add_list_flags(CLI::App& app, List& list) {
  const auto text = [&](const std::string& name, const std::string& value_name, const std::string& help,
                        std::optional<std::string>& target) {
    flag(app, name, value_name, help, [&target](const std::string& v) { target = v; });
  };
  flag(app, "--state", "STATE", "pending, delivered, duplicate, refused, dead or cancelled",
       [&](const std::string& v) { list.state = state_value(v); });
  flag(app, "--verdict", "VERDICT",
       "unchecked, recorded, differs, absent or unknowable: what the tracker's records say",
       [&](const std::string& v) { list.verdict = verdict_value(v); });
  text("--tracker", "NAME", "of one tracker", list.tracker);
  add_force_flag(app, list.choice);
  text("--campaign", "CODE", "of one campaign", list.campaign);
  text("--subid", "TEXT", "of one click", list.subid);
  text("--reason", "TEXT", "with this in their reason", list.reason);
  flag(app, "--older-than", "TIME", "finished, or still pending and written, longer ago than this",
       [&](const std::string& v) { list.older_than = config::duration_value(v, config::kAnyDuration); });
  flag(app, "--newer-than", "TIME", "the same, less long ago",
       [&](const std::string& v) { list.newer_than = config::duration_value(v, config::kAnyDuration); });
  flag(app, "--limit", "N", "at most so many (50)", [&](const std::string& v) {
    list.limit = config::count_value(v, {1, 1'000'000});
  });
  app.add_flag("--oldest-first", list.oldest_first, "not the newest");
  flag(app, "--since", "ID", "rows after this id, oldest first", [&](const std::string& v) {
    list.since = config::count_value(v, {0, INT64_MAX - 1});
  });
}

}  // namespace keitaro_outbox::cli
