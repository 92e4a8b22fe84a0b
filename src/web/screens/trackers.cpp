#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;
using report::TrackerView;

void fact(Html& out, std::string_view name, const Html& value) {
  out.markup("<dt>").text(name).markup("</dt><dd>").add(value).markup("</dd>");
}

/// `running`, `down` and so on, in words beside the colour.
Html condition_html(const TrackerView& view, const Context& context) {
  const ports::TrackerCondition& condition = view.condition;
  Html out;
  if (condition.paused_at) {
    out.markup("<span class=\"tag warn\">paused</span> Nothing is sent to it. ");
    // A time of 1 is what the shell's recipe writes: it tells nothing of when.
    if (*condition.paused_at > core::wall_time(1'000))
      out.markup("Since ").add(time_html(condition.paused_at)).markup(". ");
  }
  if (condition.breaker == "open") {
    out.markup("<span class=\"tag bad\">down</span> It takes nothing in, so sending is stopped.");
  } else if (condition.breaker == "probing") {
    out.markup("<span class=\"tag bad\">down</span> One request is trying it.");
  } else if (condition.breaker == "ramping") {
    out.markup(
        "<span class=\"tag warn\">coming back</span> It takes postbacks in again; the load grows step by "
        "step.");
  } else if (view.known == false) {
    out.markup(
        "<span class=\"tag bad\">unknown</span> The configuration has no such tracker: its rows wait.");
  } else if (!condition.paused_at) {
    out.markup("<span class=\"tag good\">working</span>");
  }
  if (condition.breaker != "closed" && condition.breaker_at)
    out.markup(" Since ").add(time_html(condition.breaker_at)).markup(".");
  const bool stale = !context.live && context.picture->overview.worker_running == false;
  if (stale && condition.breaker != "closed") out.markup(" (when a worker last ran)");
  return out;
}

const LiveTracker* live_of(const std::string& name, const Context& context) {
  if (!context.live) return nullptr;
  const auto found = std::ranges::find(context.live->trackers, name, &LiveTracker::name);
  return found == context.live->trackers.end() ? nullptr : &*found;
}

Html live_facts(const LiveTracker& live) {
  Html out;
  fact(out, "Taken in",
       text_html(std::to_string(std::llround(live.flow.share * 100)) + " % of recent requests"));
  const core::FlowLimit& limit = live.flow.limit;
  std::string flight = report::grouped(live.in_flight) + " of at most " + report::grouped(limit.in_flight);
  fact(out, "In flight", text_html(flight + ": " + core::describe(limit.reason)));
  if (limit.per_second)
    fact(out, "Requests a second", text_html("at most " + std::to_string(std::llround(*limit.per_second))));
  return out;
}

Html article(const TrackerView& view, const Context& context) {
  Html out("<article><h2>");
  out.add(long_text(view.tracker, 60)).markup("</h2><dl class=\"facts\">");
  fact(out, "State", condition_html(view, context));
  std::string waiting = report::grouped(view.in(State::pending));
  if (view.in(State::pending) > 0) {
    waiting += ": " + report::grouped(view.due) + " to be sent now, " + report::grouped(view.in_backoff) +
               " to be tried again, " + report::grouped(view.scheduled) + " scheduled, " +
               report::grouped(view.behind) + " behind an earlier row of their click";
  }
  fact(out, "Waiting", text_html(waiting));
  if (!view.pending_payout.empty()) fact(out, "Money waiting", text_html(money_words(view.pending_payout)));
  if (const LiveTracker* live = live_of(view.tracker, context)) out.add(live_facts(*live));
  if (view.pace)
    fact(out, "Pace",
         text_html(std::to_string(std::llround(view.pace->finished_per_second)) + " rows a second" +
                   (view.pace->grows ? "; more comes than goes" : "")));
  if (view.condition.breaker == "open" && view.condition.next_try_at)
    fact(out, "Next try", time_html(view.condition.next_try_at));
  else if (view.next_retry_at && view.in_backoff > 0)
    fact(out, "Next try of a row", time_html(view.next_retry_at));
  if (const auto found = context.last_answers.find(view.tracker); found != context.last_answers.end()) {
    Html answer;
    answer.add(long_text(found->second.words, 120)).markup(" at ").add(time_html(found->second.at));
    fact(out, "Answered last", answer);
  }
  if (view.condition.reason && !view.condition.reason->empty())
    fact(out, view.condition.breaker == "closed" ? "What holds it back" : "Why",
         long_text(*view.condition.reason, 160));
  out.markup("</dl>");
  out.markup("<div class=\"buttons\">");
  if (context.acts) {
    out.add(view.condition.paused_at
                ? post_button("/resume", {{"tracker", view.tracker}}, "Resume " + view.tracker)
                : post_button("/pause", {{"tracker", view.tracker}}, "Pause " + view.tracker));
  }
  out.add(link("/rows", {{"tracker", view.tracker}}, "Its rows")).markup("</div>");
  return std::move(out.markup("</article>\n"));
}

}  // namespace

Document trackers_screen(const Context& context) {
  Document document{.title = "Trackers", .here = "/trackers", .refreshes = true};
  document.body.add(live("doubts", doubts(context)));
  if (!context.picture) {
    document.reload_soon = true;
    return document;
  }
  std::vector<TrackerView> views = context.picture->overview.trackers;
  std::set<std::string> there;
  for (const TrackerView& view : views) there.insert(view.tracker);
  for (const delivery::TrackerSpec& spec : context.settings->trackers) {
    if (there.contains(spec.rules.name)) continue;
    TrackerView view;
    view.tracker = spec.rules.name;
    view.known = true;
    views.push_back(std::move(view));
  }
  if (views.empty())
    document.body.markup("<p>There is no tracker yet: no row names one, and no configuration.</p>");
  Html list;
  for (const TrackerView& view : views) list.add(article(view, context));
  document.body.add(live("trackers", list));
  return document;
}

}  // namespace keitaro_outbox::web
