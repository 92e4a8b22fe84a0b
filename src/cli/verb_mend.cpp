// The verbs `retry` and `cancel`.
#include "app/printable.hpp"
#include "cli/execute.hpp"
#include "cli/json_text.hpp"
#include "cli/words.hpp"
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

Tally change_named(const Mend& args, sqlite::Mending& mending) {
  Tally tally;
  for (const std::int64_t id : args.ids) {
    const auto result = args.what == Mend::What::retry ? mending.retry(core::OutboxId{id})
                                                       : mending.cancel(core::OutboxId{id});
    switch (result) {
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

std::string joined(const std::vector<std::int64_t>& ids) {
  std::string out;
  for (const std::int64_t id : ids) out += (out.empty() ? "" : ", ") + std::to_string(id);
  return out;
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

}  // namespace

ExitCode execute(const Mend& args, const Command& command, const Surroundings& around) {
  check_usage(args);
  const bool retry = args.what == Mend::What::retry;
  sqlite::Mending mending(command.database);
  Tally tally;
  if (!args.ids.empty()) {
    tally = change_named(args, mending);
  } else {
    const sqlite::MendFilter filter = filter_of(args, around.now);
    tally.changed = retry ? mending.retry(filter) : mending.cancel(filter);
  }
  if (command.json) {
    print_json(around.out, {{"changed", tally.changed}, {"missing", tally.missing}, {"unfit", tally.unfit}});
  } else {
    around.out << count_words(tally.changed, "row", "rows") << (retry ? " to be sent now\n" : " cancelled\n");
  }
  if (tally.missing.empty() && tally.unfit.empty()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << complaint(tally) << '\n';
  return kFailed;
}

}  // namespace keitaro_outbox::cli
