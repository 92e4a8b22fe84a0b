// The verbs `retry` and `cancel`.
#include <algorithm>

#include "app/printable.hpp"
#include "cli/execute.hpp"
#include "cli/json_text.hpp"
#include "cli/words.hpp"
#include "core/joined.hpp"
#include "sqlite/mending.hpp"

namespace keitaro_outbox::cli {
namespace {

void check_usage(const Mend& args) {
  const bool retry = args.what == Mend::What::retry;
  const std::string verb = retry ? "retry" : "cancel";
  const bool by_filter = args.state || args.tracker || args.older_than;
  if (args.ids.empty() && !by_filter) {
    throw UsageError(verb + ": say which rows: --id N, or --state, --tracker, --older-than");
  }
  if (!args.ids.empty() && by_filter) {
    throw UsageError(verb + ": --id names the rows: leave --state, --tracker and --older-than out");
  }
  if (!retry && args.state && *args.state != core::State::pending) {
    throw UsageError("cancel: only pending rows can be cancelled: leave --state out");
  }
}

sqlite::MendFilter filter_of(const Mend& args, core::WallTime now) {
  sqlite::MendFilter filter;
  if (args.state) {
    filter.states = {*args.state};
  } else if (args.what == Mend::What::retry) {
    filter.states = {core::State::dead, core::State::refused};
  } else {
    filter.states = {core::State::pending};
  }
  filter.tracker = args.tracker;
  if (args.older_than) filter.before = now - *args.older_than;
  return filter;
}

struct Tally {
  std::int64_t changed = 0;
  std::vector<std::int64_t> missing;
  std::vector<std::int64_t> unfit;
};

sqlite::MendResult change_one(const Mend& args, core::OutboxId id, std::optional<core::WallTime> due_at,
                              sqlite::Mending& mending) {
  const bool retry = args.what == Mend::What::retry;
  if (args.dry_run) return retry ? mending.judge_retry(id) : mending.judge_cancel(id);
  return retry ? mending.retry(id, due_at) : mending.cancel(id);
}

Tally change_named(const Mend& args, const std::optional<sqlite::Pace>& pace, sqlite::Mending& mending) {
  Tally tally;
  std::vector<std::int64_t> ids = args.ids;
  // In the order of a click's rows.
  if (pace) std::ranges::sort(ids);
  for (const std::int64_t id : ids) {
    std::optional<core::WallTime> due_at;
    if (pace) due_at = pace->due_at(tally.changed);
    switch (change_one(args, core::OutboxId{id}, due_at, mending)) {
      case sqlite::MendResult::changed:
        ++tally.changed;
        break;
      case sqlite::MendResult::missing:
        tally.missing.push_back(id);
        break;
      case sqlite::MendResult::unfit:
        tally.unfit.push_back(id);
        break;
    }
  }
  return tally;
}

std::int64_t change_found(const Mend& args, const sqlite::MendFilter& filter,
                          const std::optional<sqlite::Pace>& pace, sqlite::Mending& mending) {
  const bool retry = args.what == Mend::What::retry;
  if (args.dry_run) return retry ? mending.count_for_retry(filter) : mending.count_for_cancel(filter);
  return retry ? mending.retry(filter, pace) : mending.cancel(filter);
}

std::string joined(const std::vector<std::int64_t>& ids) {
  return core::joined(ids, [](std::int64_t id) { return std::to_string(id); });
}

std::string complaint(const Tally& tally) {
  std::string out;
  if (!tally.missing.empty()) out += "no such row: " + joined(tally.missing);
  if (!tally.unfit.empty()) {
    out += out.empty() ? "" : "; ";
    out += "not pending, so not cancelled: row " + joined(tally.unfit);
  }
  return out;
}

/// When the last of the rows is due.
std::optional<core::WallTime> end_of(const std::optional<sqlite::Pace>& pace, std::int64_t rows) {
  if (!pace || rows == 0) return std::nullopt;
  return pace->due_at(rows - 1);
}

std::string what_follows(const Mend& args, std::optional<core::WallTime> until, core::WallTime now) {
  const std::string would = args.dry_run ? "would be " : "";
  if (args.what == Mend::What::cancel) return would + "cancelled";
  if (!until) return args.dry_run ? "would be sent now" : "to be sent now";
  std::string rate = std::to_string(*args.rate);
  rate.erase(rate.find_last_not_of('0') + 1);
  if (rate.ends_with('.')) rate.pop_back();
  return (args.dry_run ? would : "to be ") + "sent at " + rate + " a second, until " + time_words(*until) +
         " (in " + until_words(*until, now) + ")";
}

}  // namespace

ExitCode execute(const Mend& args, const Command& command, const Surroundings& around) {
  check_usage(args);
  std::optional<sqlite::Pace> pace;
  if (args.rate) pace = sqlite::Pace{around.now, *args.rate};
  sqlite::Mending mending(command.database);
  Tally tally;
  if (!args.ids.empty()) {
    tally = change_named(args, pace, mending);
  } else {
    tally.changed = change_found(args, filter_of(args, around.now), pace, mending);
  }
  const auto until = end_of(pace, tally.changed);
  if (command.json) {
    print_json(around.out, {{"dry_run", args.dry_run},
                            {"changed", tally.changed},
                            {"missing", tally.missing},
                            {"unfit", tally.unfit},
                            {"until", json_of(until)}});
  } else {
    around.out << count_words(tally.changed, "row", "rows") << ' ' << what_follows(args, until, around.now)
               << '\n';
  }
  if (tally.missing.empty() && tally.unfit.empty()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << complaint(tally) << '\n';
  return kFailed;
}

}  // namespace keitaro_outbox::cli
