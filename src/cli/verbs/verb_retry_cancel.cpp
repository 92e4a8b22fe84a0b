// The verbs `retry` and `cancel`.
#include <algorithm>

#include "cli/execute.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "config/load_settings.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_admin.hpp"
#include "report/planned_action.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

void check_usage(const RetryCancel& args) {
  const bool retry = args.what == RetryCancel::What::retry;
  const std::string verb = retry ? "retry" : "cancel";
  const bool by_filter = args.state || args.verdict || args.tracker || args.older_than;
  if (args.ids.empty() && !by_filter) {
    throw UsageError(verb + ": say which rows: --id N, or --state, " + (retry ? "--verdict, " : "") +
                     "--tracker, --older-than");
  }
  if (!args.ids.empty() && by_filter) {
    throw UsageError(verb + ": --id names the rows: leave --state, " + (retry ? "--verdict, " : "") +
                     "--tracker and --older-than out");
  }
  if (args.verdict && args.state)
    throw UsageError("retry: --verdict is of delivered rows: leave --state out");
  if (!retry && args.state && *args.state != core::State::pending) {
    throw UsageError("cancel: only pending rows can be cancelled: leave --state out");
  }
}

ports::RowFilterForAdmin filter_of(const RetryCancel& args, core::WallTime now) {
  ports::RowFilterForAdmin filter;
  filter.verdict = args.verdict;
  if (args.verdict) {
    filter.states = {core::State::delivered};
  } else if (args.state) {
    filter.states = {*args.state};
  } else if (args.what == RetryCancel::What::retry) {
    filter.states = {core::State::dead, core::State::refused};
  } else {
    filter.states = {core::State::pending};
  }
  filter.tracker = args.tracker;
  if (args.older_than) filter.before = now - *args.older_than;
  return filter;
}

struct PartialCount {
  std::int64_t changed = 0;
  std::vector<std::int64_t> missing;
  std::vector<std::int64_t> unfit;
};

ports::RowAdminResult change_one(const RetryCancel& args, core::OutboxId id,
                                 std::optional<core::WallTime> due_at, ports::OutboxAdmin& admin) {
  const bool retry = args.what == RetryCancel::What::retry;
  if (args.dry_run) return retry ? admin.judge_retry(id) : admin.judge_cancel(id);
  return retry ? admin.retry(id, due_at) : admin.cancel(id);
}

PartialCount change_named(const RetryCancel& args, const std::optional<ports::Pace>& pace,
                          ports::OutboxAdmin& admin) {
  PartialCount partial;
  std::vector<std::int64_t> ids = args.ids;
  // In the order of a click's rows.
  if (pace) std::ranges::sort(ids);
  for (const std::int64_t id : ids) {
    std::optional<core::WallTime> due_at;
    if (pace) due_at = pace->due_at(partial.changed);
    switch (change_one(args, core::OutboxId{id}, due_at, admin)) {
      case ports::RowAdminResult::changed:
        ++partial.changed;
        break;
      case ports::RowAdminResult::missing:
        partial.missing.push_back(id);
        break;
      case ports::RowAdminResult::unfit:
        partial.unfit.push_back(id);
        break;
    }
  }
  return partial;
}

std::int64_t change_found(const RetryCancel& args, const ports::RowFilterForAdmin& filter,
                          const std::optional<ports::Pace>& pace, ports::OutboxAdmin& admin) {
  const bool retry = args.what == RetryCancel::What::retry;
  if (args.dry_run) return retry ? admin.count_for_retry(filter) : admin.count_for_cancel(filter);
  return retry ? admin.retry(filter, pace) : admin.cancel(filter);
}

/// A configuration that cannot be read is no reason not to retry.
config::Settings settings_if_readable(const RetryCancel& args, const Surroundings& around) {
  try {
    return config::load_settings(args.choice.overrides, around.environment);
  } catch (const config::ConfigError&) {
    return {};
  }
}

/// What sending a row again comes to, where that may not be what was meant; else empty.
std::string what_comes_of(const ports::RowRecord& row, const config::Settings& settings,
                          ports::OutboxReader& reader) {
  const std::string name = "row " + std::to_string(row.id.value);
  if (row.state == core::State::pending) return {};
  if (!settings.trackers.empty()) {
    const core::LedgerKey key = report::ledger_key_of(row, settings);
    const auto conversion = reader.conversion(row.tracker, key.subid, key.tid);
    const auto last = conversion ? report::ledger_for_plan(*conversion) : std::nullopt;
    const report::Outcome outcome = report::outcome_of(row, last, settings);
    if (outcome.action == "wait") return name + " waits: " + outcome.reason;
    if (outcome.action != "send")
      return name + " is going to be " + std::string(outcome.word) + ": " + outcome.reason;
  }
  if (row.state != core::State::delivered) return {};
  return name + " was delivered already: the same postback goes out once more" +
         (row.sent_as == "rebill" ? ", and Keitaro may count another rebill"
                                  : ", which Keitaro takes as the same conversion");
}

constexpr std::size_t kMostNotes = 10;

/// What an operator should know before rows go out again. Read before they are changed.
std::vector<std::string> notes_on_retry(const RetryCancel& args, const Command& command,
                                        const Surroundings& around) {
  std::vector<std::string> notes;
  const auto reader = around.services.outbox(command.database)->reader();
  const config::Settings settings = settings_if_readable(args, around);
  for (const std::int64_t id : args.ids) {
    const auto row = reader->row({id});
    if (!row || notes.size() == kMostNotes) continue;
    if (std::string note = what_comes_of(*row, settings, *reader); !note.empty())
      notes.push_back(std::move(note));
  }
  if (reader->worker_is_running() == false)
    notes.emplace_back(
        "no worker runs on this host: nothing is sent before `keitaro-outbox run` is started" +
        std::string(args.rate ? ", and what is due by then goes out at once, not at --rate" : ""));
  return notes;
}

std::string joined(const std::vector<std::int64_t>& ids) {
  return core::joined(ids, [](std::int64_t id) { return std::to_string(id); });
}

std::string complaint(const PartialCount& partial) {
  std::string out;
  if (!partial.missing.empty()) out += "no such row: " + joined(partial.missing);
  if (!partial.unfit.empty()) {
    out += out.empty() ? "" : "; ";
    out += "not pending, so not cancelled: row " + joined(partial.unfit);
  }
  return out;
}

/// When the last of the rows is due.
std::optional<core::WallTime> end_of(const std::optional<ports::Pace>& pace, std::int64_t rows) {
  if (!pace || rows == 0) return std::nullopt;
  return pace->due_at(rows - 1);
}

std::string what_follows(const RetryCancel& args, std::optional<core::WallTime> until, core::WallTime now) {
  const std::string would = args.dry_run ? "would be " : "";
  if (args.what == RetryCancel::What::cancel) return would + "cancelled";
  if (!until) return args.dry_run ? "would be sent now" : "to be sent now";
  std::string rate = std::to_string(*args.rate);
  rate.erase(rate.find_last_not_of('0') + 1);
  if (rate.ends_with('.')) rate.pop_back();
  return (args.dry_run ? would : "to be ") + "sent at " + rate + " a second, until " +
         report::time_words(*until) + " (in " + report::until_words(*until, now) + ")";
}

}  // namespace

ExitCode execute(const RetryCancel& args, const Command& command, const Surroundings& around) {
  check_usage(args);
  std::optional<ports::Pace> pace;
  if (args.rate) pace = ports::Pace{around.now, *args.rate};
  require_known_tracker(args.tracker, args.choice, command, around);
  const bool retry = args.what == RetryCancel::What::retry;
  const std::vector<std::string> notes =
      retry ? notes_on_retry(args, command, around) : std::vector<std::string>();
  const auto admin = around.services.outbox(command.database)->admin();
  PartialCount partial;
  if (!args.ids.empty()) {
    partial = change_named(args, pace, *admin);
  } else {
    partial.changed = change_found(args, filter_of(args, around.now), pace, *admin);
  }
  const auto until = end_of(pace, partial.changed);
  if (command.json) {
    report::print_json(around.out, {{"dry_run", args.dry_run},
                                    {"changed", partial.changed},
                                    {"missing", partial.missing},
                                    {"unfit", partial.unfit},
                                    {"until", report::json_of(until)},
                                    {"notes", notes}});
  } else {
    around.out << report::count_words(partial.changed, "row", "rows") << ' '
               << what_follows(args, until, around.now) << '\n';
  }
  if (!command.json && partial.changed > 0) {
    around.out.flush();
    for (const std::string& note : notes) around.err << "keitaro-outbox: " << core::printable(note) << '\n';
  }
  if (partial.missing.empty() && partial.unfit.empty()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << complaint(partial) << '\n';
  return kFailed;
}

}  // namespace keitaro_outbox::cli
