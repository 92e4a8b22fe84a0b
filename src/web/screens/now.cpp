#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "report/row_words.hpp"
#include "report/time_words.hpp"
#include "web/screens/chart.hpp"
#include "web/screens/screens.hpp"
#include "web/words.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;
using report::Overview;
using report::TrackerView;

/// All trackers together.
struct Totals {
  std::array<std::int64_t, report::kAllStates.size()> rows{};
  std::int64_t due = 0;
  std::int64_t in_backoff = 0;
  std::int64_t scheduled = 0;
  std::int64_t behind = 0;
  std::optional<core::WallTime> oldest;
  std::map<std::string, core::AmountSum> money;
  std::optional<double> finished_per_second;
  bool grows = false;

  explicit Totals(const Overview& overview) {
    for (const TrackerView& view : overview.trackers) {
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += view.rows[i];
      due += view.due;
      in_backoff += view.in_backoff;
      scheduled += view.scheduled;
      behind += view.behind;
      const auto since = view.oldest_pending_at ? view.oldest_pending_at : view.oldest_due_at;
      if (since && (!oldest || *since < *oldest)) oldest = since;
      for (const auto& [currency, sum] : view.pending_payout) money[currency] += sum;
      if (!view.pace) continue;
      finished_per_second = finished_per_second.value_or(0) + view.pace->finished_per_second;
      grows = grows || view.pace->grows;
    }
  }
  std::int64_t in(State state) const { return rows[static_cast<std::size_t>(state)]; }
};

/// What is wrong and what to do about it, a sentence or two each.
class Advice {
 public:
  explicit Advice(const Context& context)
      : context_(context), picture_(*context.picture), overview_(picture_.overview), totals_(overview_) {}

  Html html() && {
    of_worker();
    for (const TrackerView& view : overview_.trackers) of_tracker(view);
    of_failures();
    of_records();
    of_front_door();
    if (items_.empty()) {
      items_.markup("<li class=\"good\"><strong>All is well.</strong> ");
      items_.text(totals_.in(State::pending) == 0 ? "Nothing waits." : "Postbacks are on their way.")
          .markup("</li>");
    }
    Html out("<ul class=\"todo\">");
    return std::move(out.add(items_).markup("</ul>\n"));
  }

 private:
  void add(bool bad, std::string_view strong, std::string_view text, const Html& more = {}) {
    if (bad) {
      items_.markup("<li class=\"bad\"><strong>");
    } else {
      items_.markup("<li class=\"warn\"><strong>");
    }
    items_.text(strong).markup("</strong> ").text(text).markup(" ").add(more).markup("</li>");
  }

  void of_worker() {
    if (overview_.groups_missing > 0)
      add(true, "The database is an older copy of itself, and nothing is sent.",
          "Run `keitaro-outbox check`: it says what to do.");
    if (context_.live || overview_.worker_running != false) return;
    add(totals_.in(State::pending) > 0, "No worker runs on this host.",
        "Nothing is sent until `keitaro-outbox run` is started.");
  }

  void of_tracker(const TrackerView& view) {
    const ports::TrackerCondition& condition = view.condition;
    const std::int64_t pending = view.in(State::pending);
    const Html link_to = link("/trackers", {}, "To the trackers");
    if (condition.paused_at)
      add(false, view.tracker + " is paused.", "Nothing is sent to it until somebody resumes it.", link_to);
    if (condition.breaker == "open" || condition.breaker == "probing") {
      std::string text = condition.reason.value_or("");
      if (!text.empty()) text = "Why: " + text + ". ";
      add(true, view.tracker + " takes nothing in.",
          text + "It is tried again by itself, and no row is lost; see to it that the tracker comes back.",
          link_to);
    }
    if (pending > 0 && view.known == false)
      add(true, "The configuration has no tracker " + view.tracker + ".",
          rows_words(pending) + " for it will wait until it has one.");
    if (view.without_sentinel > 0)
      add(false,
          view.tracker + " answered " + report::grouped(view.without_sentinel) +
              " times without the text asked for.",
          "Is it Keitaro that answers there? `keitaro-outbox check` tells.");
  }

  void of_failures() {
    const std::int64_t dead = totals_.in(State::dead);
    const std::int64_t refused = totals_.in(State::refused);
    const Html to_problems = link("/problems", {}, "See why, and what to do");
    if (dead > 0)
      add(true, rows_words(dead) + (dead == 1 ? " was" : " were") + " given up.",
          "They are not tried any more unless you ask for it.", to_problems);
    if (refused > 0)
      add(false, rows_words(refused) + (refused == 1 ? " was" : " were") + " refused by a rule.",
          "They were not sent.", to_problems);
  }

  void of_records() {
    for (const core::Verdict verdict : {core::Verdict::absent, core::Verdict::differs}) {
      std::int64_t count = 0;
      bool whole = true;
      for (const VerdictGroup& group : picture_.verdicts) {
        if (group.verdict != verdict) continue;
        count += group.conversions;
        whole = whole && group.whole;
      }
      if (count == 0) continue;
      const bool absent = verdict == core::Verdict::absent;
      add(absent,
          report::grouped(count) + (whole ? "" : " or more") +
              (count == 1 ? " conversion is " : " conversions are ") +
              (absent ? "not in the tracker's records." : "otherwise in the tracker's records."),
          absent ? "The tracker took the postback in, and did not book it."
                 : "The amount or the status differs.",
          link("/problems", {}, "See why, and what to do"));
    }
  }

  void of_front_door() {
    std::int64_t rejects = 0;
    for (const ports::RejectGroup& group : picture_.rejects) rejects += group.count;
    if (rejects > 0)
      add(false,
          report::grouped(rejects) + (rejects == 1 ? " request" : " requests") + " could not become rows.",
          "The front door kept them.", link("/rejects", {}, "See why"));
  }

  const Context& context_;
  const Picture& picture_;
  const Overview& overview_;
  const Totals totals_;
  Html items_;
};

void tile(Html& out, std::string_view name, std::string_view value, std::string_view more = {}) {
  out.markup("<div><dt>").text(name).markup("</dt><dd>").text(value);
  if (!more.empty()) out.markup("<small>").text(more).markup("</small>");
  out.markup("</dd></div>");
}

Html tiles(const Totals& totals, const Context& context) {
  const Overview& overview = context.picture->overview;
  Html out("<dl class=\"tiles\">");
  const std::int64_t waiting = totals.in(State::pending);
  tile(out, "Waiting", report::grouped(waiting),
       waiting == 0 ? "nothing" : report::grouped(totals.due) + " to be sent now");
  tile(out, "Oldest waits for", totals.oldest ? report::span_words(overview.at - *totals.oldest) : "-");
  const std::optional<double> rate = context.rate ? context.rate : totals.finished_per_second;
  std::string drain = "-";
  if (waiting == 0) {
    drain = "nothing left";
  } else if (totals.grows) {
    drain = "more comes than goes";
  } else if (rate && *rate > 0) {
    drain = report::span_words(core::Millis{std::llround(
        std::min(static_cast<double>(totals.due + totals.in_backoff + totals.behind) * 1000 / *rate, 1e15))});
  }
  tile(out, "Delivered a second", rate ? rate_words(*rate) : "-");
  tile(out, "Time until all is sent", drain,
       totals.scheduled > 0 ? rows_words(totals.scheduled) + " scheduled for later" : "");
  tile(out, "Given up (dead)", report::grouped(totals.in(State::dead)));
  tile(out, "Refused", report::grouped(totals.in(State::refused)));
  return std::move(out.markup("</dl>\n"));
}

Html money(const Context& context) {
  const Overview& overview = context.picture->overview;
  std::map<std::string, core::AmountSum> sums;
  std::map<std::string, std::array<core::AmountSum, 3>> by_age;
  for (const TrackerView& view : overview.trackers) {
    for (const auto& [currency, sum] : view.pending_payout) sums[currency] += sum;
    for (const auto& [currency, ages] : view.pending_payout_by_age) {
      for (std::size_t i = 0; i < ages.size(); ++i) by_age[currency][i] += ages[i];
    }
  }
  Html out("<h2>Money waiting</h2>");
  if (sums.empty()) return std::move(out.markup("<p>No money waits.</p>"));
  HtmlTable table(
      "Payouts of rows that wait, by how long ago the row was written",
      {{"Currency"}, {"All", true}, {"Under an hour", true}, {"Under a day", true}, {"Longer", true}});
  for (const auto& [currency, sum] : sums) {
    const auto amount = [&code = currency](const core::AmountSum& of) {
      return text_html(money_words({{code, of}}));
    };
    std::string name = money_words({{currency, {}}});
    name.erase(0, name.find(' ') + 1);
    const auto& ages = by_age[currency];
    table.add({text_html(name), amount(sum), amount(ages[0]), amount(ages[1]), amount(ages[2])});
  }
  out.add(table.html());
  if (!overview.pending_whole)
    out.markup("<p class=\"faint\">Not all waiting rows were read yet: there is more money than this.</p>");
  return out;
}

Html worker(const Context& context) {
  const Overview& overview = context.picture->overview;
  Html out("<h2>Worker</h2><dl class=\"facts\"><dt>State</dt><dd>");
  if (context.live) {
    if (context.live->delivers) {
      out.markup("<span class=\"tag good\">running</span> It delivers.");
    } else {
      out.markup("<span class=\"tag\">").text(context.live->phase).markup("</span>");
    }
    out.markup("</dd><dt>Since</dt><dd>").add(time_html(context.live->since));
    out.markup("</dd><dt>Version</dt><dd>").text(context.version);
    out.markup("</dd><dt>Configuration</dt><dd><code>").text(context.fingerprint).markup("</code></dd></dl>");
    return out;
  }
  if (!overview.worker_running) {
    out.markup("<span class=\"tag warn\">unknown</span> This user cannot see whether one runs.");
  } else if (*overview.worker_running) {
    out.markup(
        "<span class=\"tag good\">running</span> This page is served without it; it tells more on its own "
        "page.");
  } else {
    out.markup("<span class=\"tag bad\">not running</span> None runs on this host.");
  }
  return std::move(out.markup("</dd></dl>"));
}

Html states(const Overview& overview) {
  std::vector<HtmlTable::Column> columns{{"Tracker"}};
  for (const State state : report::kAllStates)
    columns.push_back({state == State::pending ? "waiting" : std::string(core::name_of(state)), true});
  HtmlTable table("All rows by tracker and state", std::move(columns));
  for (const TrackerView& view : overview.trackers) {
    std::vector<Html> cells{long_text(view.tracker, 40)};
    for (const State state : report::kAllStates) {
      const bool counted =
          state == State::delivered || state == State::duplicate || state == State::cancelled;
      const bool whole = !counted || overview.finished_whole;
      Html cell;
      cell.text(report::grouped(view.in(state)) + (whole ? "" : " or more"));
      cells.push_back(std::move(cell));
    }
    table.add(std::move(cells));
  }
  if (table.empty()) return Html("<p>The outbox is empty.</p>");
  Html out = table.html();
  if (!overview.finished_whole)
    out.markup(
        "<p class=\"faint\">Delivered, duplicate and cancelled rows are counted little by little, so that "
        "the worker is not held up.</p>");
  return out;
}

}  // namespace

Document now_screen(const Context& context) {
  Document document{.title = "Now", .here = "/", .refreshes = true};
  document.body.add(live("doubts", doubts(context)));
  if (!context.picture) {
    document.reload_soon = true;
    return document;
  }
  const Totals totals(context.picture->overview);
  document.body.add(live("advice", Advice(context).html()));
  document.body.add(live("tiles", tiles(totals, context)));
  document.body.add(live("money", money(context)));
  const Html chart = day_chart(context.day);
  Html day("<h2>The last 24 hours</h2>");
  day.add(chart.empty() ? Html("<p>Nothing was sent.</p>") : chart);
  document.body.add(live("day", day));
  document.body.add(live("worker", worker(context)));
  Html rows("<h2>Rows</h2>");
  document.body.add(live("states", rows.add(states(context.picture->overview))));
  return document;
}

}  // namespace keitaro_outbox::web
