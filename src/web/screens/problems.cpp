#include <utility>

#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;

std::string_view words_of(State state) {
  switch (state) {
    case State::dead:
      return "given up (dead)";
    case State::refused:
      return "refused by a rule";
    case State::pending:
      return "being tried again";
    case State::delivered:
    case State::duplicate:
    case State::cancelled:
      break;
  }
  return core::name_of(state);
}

Html tag(State state) {
  Html out;
  if (state == State::dead) {
    out.markup("<span class=\"tag bad\">");
  } else if (state == State::refused) {
    out.markup("<span class=\"tag warn\">");
  } else {
    out.markup("<span class=\"tag\">");
  }
  return std::move(out.text(words_of(state)).markup("</span>"));
}

Html what_to_do(const ProblemGroup& group, const Context& context) {
  const Query query = group_query({group.state, group.tracker, group.kind});
  Html out("<div class=\"buttons\">");
  if (context.acts) {
    out.markup("<a class=\"button\" href=\"").text(address("/retry", query)).markup("\">Send again…</a>");
    if (group.state == State::pending)
      out.markup("<a class=\"button\" href=\"").text(address("/cancel", query)).markup("\">Cancel…</a>");
  }
  return std::move(out.add(link("/rows", query, "See the rows")).markup("</div>"));
}

Html groups_table(const Picture& picture, const Context& context) {
  HtmlTable table("Rows that are not where they should be, those with the same reason together",
                  {{"Reason"},
                   {"What became of them"},
                   {"Tracker"},
                   {"Rows", true},
                   {"Money", true},
                   {"First"},
                   {"Last"},
                   {"What you can do"}});
  for (const ProblemGroup& group : picture.problems) {
    const std::string count = report::grouped(group.rows) + (picture.problems_whole ? "" : " or more");
    table.add({long_text(group.text, 120), tag(group.state), long_text(group.tracker, 30), text_html(count),
               text_html(group.money.empty() ? "-" : money_words(group.money)), time_html(group.first_seen),
               time_html(group.last_seen), what_to_do(group, context)});
  }
  if (table.empty()) return Html("<p class=\"lead\">No row is in trouble.</p>");
  Html out = table.html();
  if (!picture.problems_whole)
    out.markup(
        "<p class=\"faint\">Not all rows were looked at, the newest first. An action takes all rows of "
        "its reason, older ones too.</p>");
  return out;
}

/// By its tracker and verdict, as links and forms carry it.
Query query_of(const VerdictGroup& group) {
  return {{"verdict", std::string(core::name_of(group.verdict))}, {"tracker", group.tracker}};
}

Html verdicts_table(const Picture& picture, const Context& context) {
  HtmlTable table("Taken in by the tracker, and not in its own records as it was sent",
                  {{"What the records say"},
                   {"Verdict"},
                   {"Tracker"},
                   {"Conversions", true},
                   {"Money", true},
                   {"First"},
                   {"Last"},
                   {"What you can do"}});
  for (const VerdictGroup& group : picture.verdicts) {
    const std::string said = group.text.empty() ? "nothing" : group.text;
    const std::string count = report::grouped(group.conversions) + (group.whole ? "" : " or more");
    Html act("<div class=\"buttons\">");
    if (context.acts && group.verdict == core::Verdict::absent)
      act.markup("<a class=\"button\" href=\"")
          .text(address("/retry", query_of(group)))
          .markup("\">Send again…</a>");
    act.add(link("/conversions", query_of(group), "See them")).markup("</div>");
    table.add({long_text(group.several ? "several things; of the newest: " + said : said, 120),
               verdict_tag(group.verdict), long_text(group.tracker, 30), text_html(count),
               text_html(group.money.empty() ? "-" : money_words(group.money)), time_html(group.first_seen),
               time_html(group.last_seen), act});
  }
  if (table.empty()) return {};
  Html out("<h2>Not recorded as it was sent</h2>");
  return std::move(out.add(table.html()));
}

Html front_door(const Picture& picture) {
  if (picture.rejects.empty()) return {};
  Html out("<h2>Not taken in at the front door</h2>");
  HtmlTable table("Requests that could not become rows",
                  {{"Reason"}, {"Source"}, {"Requests", true}, {"First"}, {"Last"}});
  for (const ports::RejectGroup& group : picture.rejects) {
    Html count;
    table.add({long_text(group.reason, 120), long_text(group.source, 30), count.number(group.count),
               time_html(group.first_at), time_html(group.last_at)});
  }
  return std::move(
      out.add(table.html()).markup("<p><a href=\"/rejects\">To the front door, to read them again</a></p>"));
}

}  // namespace

Document problems_screen(const Context& context) {
  Document document{.title = "Problems", .here = "/problems", .refreshes = true};
  document.body.add(live("doubts", doubts(context)));
  if (!context.picture) {
    document.reload_soon = true;
    return document;
  }
  document.body.add(live("groups", groups_table(*context.picture, context)));
  document.body.add(live("verdicts", verdicts_table(*context.picture, context)));
  document.body.add(live("front-door", front_door(*context.picture)));
  return document;
}

}  // namespace keitaro_outbox::web
