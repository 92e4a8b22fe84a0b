#include <utility>

#include "core/text/joined.hpp"
#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

Html replay_link(const Query& fields, std::string_view text) {
  Html out("<a class=\"button\" href=\"");
  return std::move(out.text(address("/replay", fields)).markup("\">").text(text).markup("</a>"));
}

Html sources_table(const Context& context) {
  HtmlTable table("Who may call the front door",
                  {{"Source"}, {"Goes to"}, {"Campaign"}, {"Answers 200 to what breaks a rule"}});
  for (const intake::Source& source : context.settings->sources) {
    table.add({long_text(source.name, 40), long_text(source.tracker, 40),
               text_html(source.campaign.empty() ? "-" : source.campaign),
               text_html(source.rejected_answer == 200 ? "yes" : "no")});
  }
  if (table.empty())
    return Html(
        "<p>The configuration has no front door: programs write rows into the database themselves.</p>");
  return table.html();
}

Html groups_table(const Picture& picture, bool can_replay, const Context& context) {
  HtmlTable table("Requests that could not become rows, by source and reason",
                  {{"Reason"}, {"Source"}, {"Requests", true}, {"First"}, {"Last"}, {"What you can do"}});
  for (const ports::RejectGroup& group : picture.rejects) {
    Html count;
    Html act("-");
    if (can_replay && context.acts)
      act = replay_link({{"source", group.source}, {"reason", group.reason}}, "Read again…");
    table.add({long_text(group.reason, 120), long_text(group.source, 40), count.number(group.count),
               time_html(group.first_at), time_html(group.last_at), act});
  }
  if (table.empty()) return Html("<p class=\"lead\">Every request became a row.</p>");
  Html out = table.html();
  if (can_replay && context.acts && picture.rejects.size() > 1)
    out.markup("<p>").add(replay_link({}, "Read all of them again…")).markup("</p>");
  return out;
}

Html newest_table(const std::vector<ports::IntakeReject>& newest) {
  HtmlTable table("The newest of them", {{"Number"}, {"Came"}, {"Source"}, {"Request"}, {"Reason"}});
  for (const ports::IntakeReject& reject : newest) {
    std::string request = reject.method + " " + reject.query;
    if (!reject.body.empty()) request += " " + reject.body;
    table.add({text_html(std::to_string(reject.id)), time_html(reject.received_at),
               long_text(reject.source, 30), long_text(request, 80), long_text(reject.reason, 100)});
  }
  return table.empty() ? Html() : table.html();
}

}  // namespace

Document rejects_screen(const std::vector<ports::IntakeReject>& newest, bool can_replay,
                        const Context& context) {
  Document document{.title = "Front door", .here = "/rejects", .refreshes = true};
  document.body.add(live("doubts", doubts(context)));
  document.body.add(sources_table(context));
  if (!context.picture) {
    document.reload_soon = true;
    return document;
  }
  Html rejects("<h2>Rejects</h2>");
  document.body.add(live("groups", rejects.add(groups_table(*context.picture, can_replay, context))));
  document.body.add(live("newest", newest_table(newest)));
  return document;
}

}  // namespace keitaro_outbox::web
