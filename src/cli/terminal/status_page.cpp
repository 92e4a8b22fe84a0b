#include "cli/terminal/status_page.hpp"

#include <algorithm>
#include <cmath>

#include "cli/terminal/table.hpp"
#include "core/text/printable.hpp"
#include "ports/leadership.hpp"
#include "report/row_words.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using core::State;
using report::Overview;
using report::TrackerView;

/// Groups of reasons shown for each tracker and state.
constexpr std::size_t kReasonsShown = 4;

/// A count read longer ago than this is said to be so.
constexpr std::chrono::seconds kFresh{3};

std::string tracker_name(const TrackerView& view) {
  return core::cut_to_width(core::printable(view.tracker), 40);
}

std::string number(std::int64_t rows, bool whole = true) {
  return (whole ? "" : "≥") + std::to_string(rows);
}

/// `12`, `9.5`, `0.3`: no more digits than can be read.
std::string rate_words(double per_second) {
  if (per_second >= 10 || per_second == 0) return std::to_string(std::llround(per_second));
  if (per_second < 0.1) return "<0.1";
  const auto tenths = std::llround(per_second * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::int64_t sum_pending(const Overview& overview) {
  std::int64_t sum = 0;
  for (const TrackerView& view : overview.trackers) sum += view.in(State::pending);
  return sum;
}

/// `worker: running on db1 (process 4711), 128 of 256 lanes`.
void add_sharing_workers(const Overview& overview, std::vector<Line>& lines) {
  for (const ports::WorkerRecord& worker : overview.workers) {
    const std::string where = " on " + core::printable(worker.host) + " (process " +
                              std::to_string(worker.pid) + "), " + std::to_string(worker.lanes) + " of " +
                              std::to_string(ports::WorkerShare::kLanes) + " lanes";
    if (worker.lasts.count() >= 0) {
      lines.push_back({"worker: ", {"running", Tone::good}, where});
    } else {
      lines.push_back({"worker: ",
                       {"cannot be seen", Tone::warning},
                       where + ": not heard of for " + report::span_words(-worker.lasts) +
                           ", others take over what it has"});
    }
  }
}

void add_worker(const Overview& overview, std::vector<Line>& lines) {
  if (!overview.unsure.empty()) lines.push_back({{overview.unsure, Tone::warning}});
  if (!overview.workers.empty()) return add_sharing_workers(overview, lines);
  if (!overview.worker_running) {
    lines.push_back({"worker: ", {"this user cannot see whether one runs", Tone::warning}});
    return;
  }
  if (*overview.worker_running) {
    lines.push_back({"worker: ", {"running", Tone::good}});
  } else {
    const bool needed = sum_pending(overview) > 0;
    lines.push_back({"worker: ", {"none is running on this host", needed ? Tone::bad : Tone::plain}});
  }
}

void add_older_copy(const Overview& overview, std::vector<Line>& lines) {
  const std::int64_t missing = overview.groups_missing;
  if (missing == 0) return;
  // What matters most comes first: a narrow terminal cuts the rest.
  lines.push_back(
      {{"the database is an older copy, nothing is sent: `keitaro-outbox check` says what to do (" +
            report::count_words(missing, "group of outcomes is missing", "groups of outcomes are missing") +
            ")",
        Tone::bad}});
}

std::string since_words(const std::optional<core::WallTime>& since, core::WallTime now) {
  return since ? " for " + report::span_words(now - *since) : std::string();
}

void add_breaker(const TrackerView& view, const Overview& overview, std::vector<Line>& lines) {
  const ports::TrackerCondition& condition = view.condition;
  if (condition.breaker == "closed") {
    // Of a worker that is gone it tells nothing: what was open is different, it may be so still.
    if (!condition.reason || condition.paused_at || overview.worker_running == false) return;
    lines.push_back({{tracker_name(view) + ": ", Tone::strong}, {*condition.reason, Tone::warning}});
    return;
  }
  const std::string since = since_words(condition.breaker_at, overview.at);
  std::string text;
  Tone tone = Tone::bad;
  if (condition.breaker == "open") {
    text = "fails for all, sending is stopped" + since;
  } else if (condition.breaker == "probing") {
    text = "fails for all" + since + ", one request is trying it";
  } else {
    text = "takes postbacks again, the load grows step by step" + since;
    tone = Tone::warning;
  }
  if (condition.breaker == "open" && condition.next_try_at && overview.worker_running != false) {
    text += condition.next_try_at <= overview.at
                ? "; next try now"
                : "; next try in " + report::until_words(*condition.next_try_at, overview.at);
  }
  if (condition.reason && !condition.reason->empty()) text += ": " + *condition.reason;
  if (overview.worker_running == false) text += " (when a worker last ran)";
  lines.push_back({{tracker_name(view) + ": ", Tone::strong}, {text, tone}});
}

void add_tracker_lines(const TrackerView& view, const Overview& overview, std::vector<Line>& lines) {
  const std::string name = tracker_name(view);
  if (view.condition.paused_at) {
    // A time of 1 is what the shell's recipe writes: it tells nothing of when.
    const auto since =
        *view.condition.paused_at > core::wall_time(1'000) ? view.condition.paused_at : std::nullopt;
    lines.push_back({{name + ": ", Tone::strong},
                     {"paused" + since_words(since, overview.at) + ": `keitaro-outbox resume " +
                          report::shell_word(view.tracker) + "` lets it go on",
                      Tone::warning}});
  }
  add_breaker(view, overview, lines);
  const std::int64_t pending = view.in(State::pending);
  if (pending > 0 && view.known == false) {
    lines.push_back(
        {{"unknown tracker " + name + ": " + report::count_words(pending, "row waits", "rows wait") +
              " until the configuration has it",
          Tone::warning}});
  }
  if (view.without_sentinel > 0) {
    lines.push_back(
        {{name + ": " +
              report::count_words(view.without_sentinel, "delivered row was", "delivered rows were") +
              " answered without the text asked for with return=",
          Tone::warning}});
  }
}

Tone tone_of(State state, std::int64_t rows) {
  if (rows == 0) return Tone::faint;
  if (state == State::dead) return Tone::bad;
  return state == State::refused ? Tone::warning : Tone::plain;
}

void add_states(const Overview& overview, std::optional<std::size_t> width, std::vector<Line>& lines) {
  std::vector<Table::Column> columns{{"tracker", false, 7}};
  for (const State state : report::kAllStates)
    columns.push_back({std::string(core::name_of(state)), true, 0});
  Table table(std::move(columns));
  for (const TrackerView& view : overview.trackers) {
    std::vector<Span> cells{view.tracker};
    for (const State state : report::kAllStates) {
      const bool walked = state == State::delivered || state == State::duplicate || state == State::cancelled;
      cells.emplace_back(number(view.in(state), !walked || overview.finished_whole),
                         tone_of(state, view.in(state)));
    }
    table.add(std::move(cells));
  }
  std::ranges::move(table.lines(width), std::back_inserter(lines));
}

std::string drain_words(const report::Pace& pace) {
  if (pace.grows) return "grows";
  return pace.drained_in ? report::span_words(*pace.drained_in) : "-";
}

/// What waits, and how fast it goes.
void add_waiting(const Overview& overview, std::optional<std::size_t> width, bool watching,
                 std::vector<Line>& lines) {
  std::vector<Table::Column> columns{{"waiting", false, 7}, {"due", true, 0},       {"oldest", true, 0},
                                     {"backoff", true, 0},  {"scheduled", true, 0}, {"behind", true, 0}};
  if (watching) columns.insert(columns.end(), {{"a second", true, 0}, {"empty in", true, 0}});
  Table table(std::move(columns));
  for (const TrackerView& view : overview.trackers) {
    if (view.in(State::pending) == 0 && !watching) continue;
    const bool whole = overview.pending_whole;
    std::vector<Span> cells{view.tracker,
                            std::to_string(view.due),
                            view.oldest_due_at ? report::span_words(overview.at - *view.oldest_due_at) : "-",
                            number(view.in_backoff, whole),
                            number(view.scheduled),
                            std::to_string(view.behind)};
    if (watching) {
      cells.emplace_back(view.pace ? rate_words(view.pace->finished_per_second) : "-");
      cells.emplace_back(view.pace ? drain_words(*view.pace) : "-");
    }
    table.add(std::move(cells));
  }
  lines.push_back({});
  std::ranges::move(table.lines(width), std::back_inserter(lines));
}

std::string next_words(core::WallTime time, core::WallTime now) {
  return time <= now ? "now" : "in " + report::until_words(time, now);
}

/// The first times of all trackers: when something happens next by itself.
void add_next(const Overview& overview, std::vector<Line>& lines) {
  std::optional<core::WallTime> retry;
  std::optional<core::WallTime> scheduled;
  const auto keep = [](std::optional<core::WallTime>& kept, const std::optional<core::WallTime>& time) {
    if (time && (!kept || *time < *kept)) kept = time;
  };
  for (const TrackerView& view : overview.trackers) {
    // A failed row whose time has come is `due`, and what stops the tracker says when it goes out.
    if (view.in_backoff > 0) keep(retry, view.next_retry_at);
    if (view.scheduled > 0) keep(scheduled, view.next_scheduled_at);
  }
  std::string text;
  if (retry) text = "next retry: " + next_words(*retry, overview.at);
  if (scheduled)
    text += (text.empty() ? "" : ", ") + ("next scheduled row: " + next_words(*scheduled, overview.at));
  if (!text.empty()) lines.push_back({text});
}

void add_money(const Overview& overview, std::vector<Line>& lines) {
  bool first = true;
  for (const TrackerView& view : overview.trackers) {
    if (view.in(State::pending) == 0 || view.pending_payout.empty()) continue;
    std::string amounts;
    for (const auto& [currency, amount] : view.pending_payout) {
      amounts += (amounts.empty() ? "" : ", ") + amount.text() + " " +
                 (currency.empty() ? "without currency" : currency);
    }
    if (first) lines.push_back({});
    first = false;
    lines.push_back({{"money waiting, ", Tone::faint}, tracker_name(view) + ": ", {amounts, Tone::strong}});
    if (!overview.pending_whole) lines.back().emplace_back(" and more");
  }
}

void add_reasons(const Overview& overview, std::optional<std::size_t> width, bool watching,
                 std::vector<Line>& lines) {
  Table table({{"rows", true, 0}, {"state", false, 0}, {"tracker", false, 7}, {"why", false, 12}},
              watching ? Table::LastColumn::cut : Table::LastColumn::wrapped);
  bool any = false;
  for (const TrackerView& view : overview.trackers) {
    const auto add = [&](const core::ReasonGroups& groups, State state, Tone tone) {
      for (const auto& group : groups.top(kReasonsShown)) {
        table.add({std::to_string(group.rows),
                   {std::string(core::name_of(state)), tone},
                   view.tracker,
                   group.text});
        any = true;
      }
    };
    if (view.in(State::pending) > 0) add(view.pending_reasons, State::pending, Tone::plain);
    add(view.refused_reasons, State::refused, Tone::warning);
    add(view.dead_reasons, State::dead, Tone::bad);
  }
  if (!any) return;
  lines.push_back({});
  std::ranges::move(table.lines(width), std::back_inserter(lines));
}

/// What on the page is not of this moment, or not all.
void add_notes(const Overview& overview, bool watching, std::vector<Line>& lines) {
  std::vector<std::string> notes;
  if (!overview.finished_whole) {
    notes.emplace_back(watching ? "≥: delivered, duplicate and cancelled rows are still being counted"
                                : "≥: these rows were not counted to the end; --exact counts them all");
  } else if (overview.at - overview.finished_read_at > kFresh) {
    notes.push_back("delivered, duplicate and cancelled rows were counted " +
                    report::span_words(overview.at - overview.finished_read_at) + " ago");
  }
  if (!overview.pending_whole) {
    notes.emplace_back(
        watching ? "pending rows are still being read: there is more money, and there are more reasons"
                 : "pending rows were not read to the end: there is more money; --exact reads them all");
  } else if (overview.at - overview.pending_read_at > kFresh && sum_pending(overview) > 0) {
    notes.push_back("money and reasons of pending rows were read " +
                    report::span_words(overview.at - overview.pending_read_at) + " ago");
  }
  for (const TrackerView& view : overview.trackers) {
    const std::int64_t most = std::max(view.in(State::dead), view.in(State::refused));
    if (most <= ports::BacklogReader::kReasonsRead) continue;
    notes.push_back("reasons are those of the newest " + std::to_string(ports::BacklogReader::kReasonsRead) +
                    " dead and refused rows");
    break;
  }
  if (notes.empty()) return;
  lines.push_back({});
  for (const std::string& note : notes) lines.push_back({{note, Tone::faint}});
}

}  // namespace

std::vector<Line> status_page(const Overview& overview, std::optional<std::size_t> width, bool watching) {
  std::vector<Line> lines;
  add_worker(overview, lines);
  add_older_copy(overview, lines);
  for (const TrackerView& view : overview.trackers) add_tracker_lines(view, overview, lines);
  if (overview.trackers.empty()) {
    lines.push_back({"the outbox is empty"});
    return lines;
  }
  lines.push_back({});
  add_states(overview, width, lines);
  if (watching || sum_pending(overview) > 0) {
    add_waiting(overview, width, watching, lines);
    add_next(overview, lines);
    add_money(overview, lines);
  }
  add_reasons(overview, width, watching, lines);
  add_notes(overview, watching, lines);
  return lines;
}

}  // namespace keitaro_outbox::cli
