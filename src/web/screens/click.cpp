#include <utility>

#include "report/row_words.hpp"
#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

void fact(Html& out, std::string_view name, const std::optional<std::string>& value) {
  if (!value || value->empty()) return;
  out.markup("<dt>").text(name).markup("</dt><dd>").add(long_text(*value, 200)).markup("</dd>");
}

Html facts_of(const ports::RowRecord& row) {
  Html out("<dl class=\"facts\">");
  fact(out, "Click", row.subid);
  fact(out, "Transaction", row.tid);
  fact(out, "Event", row.event_id);
  fact(out, "Campaign", row.campaign);
  std::string payout = row.payout.value_or("");
  if (!payout.empty() && row.currency) payout += " " + *row.currency;
  fact(out, "Payout", payout);
  fact(out, "Cost", row.cost);
  fact(out, "Parameters", row.params);
  return std::move(out.markup("</dl>"));
}

Html story_of(const report::Explanation& explanation) {
  Html out("<h3>What happened</h3><ol class=\"story\">");
  for (const report::StoryEvent& event : explanation.story) {
    out.markup("<li>");
    if (event.at) out.add(time_html(event.at));
    out.add(long_text(event.text, 300)).markup("</li>");
  }
  out.markup("</ol>");
  if (!explanation.waits_because.empty()) {
    out.markup("<h3>Why it waits</h3><ul>");
    for (const report::Obstacle& obstacle : explanation.waits_because)
      out.markup("<li>").add(long_text(obstacle.text, 300)).markup("</li>");
    out.markup("</ul>");
  }
  return std::move(out.markup("<p>Sent next: ").text(explanation.next).markup(".</p>"));
}

Html taken_in(const report::RowFacts& facts) {
  if (!facts.conversion) return Html("<p>The tracker has taken in nothing of this conversion.</p>");
  const ports::ConversionRecord& conversion = *facts.conversion;
  Html out("<p>The tracker took in last: <strong>");
  out.text(conversion.status).markup("</strong>");
  const std::string said = report::facts_words(std::nullopt, conversion.payout, conversion.cost,
                                               conversion.currency, conversion.params);
  if (!said.empty()) out.markup(", ").text(said);
  return std::move(out.markup(", at ")
                       .add(time_html(conversion.taken_in_at))
                       .markup(", for row ")
                       .number(conversion.outbox_id.value)
                       .markup(".</p>"));
}

Html what_to_do(const report::RowFacts& facts, const report::Explanation& explanation,
                const Context& context) {
  Html out;
  const std::string id = std::to_string(facts.row.id.value);
  if (context.acts) {
    out.markup("<div class=\"buttons\"><a class=\"button\" href=\"").text(address("/retry", {{"id", id}}));
    out.markup("\">Send again…</a>");
    if (facts.row.state == core::State::pending)
      out.markup("<a class=\"button\" href=\"")
          .text(address("/cancel", {{"id", id}}))
          .markup("\">Cancel…</a>");
    out.markup("</div>");
  }
  if (explanation.advice.empty()) return out;
  out.markup("<details><summary>What would change that, by command</summary>");
  for (const report::Advice& advice : explanation.advice)
    out.markup("<p>").text(advice.does).markup("</p><pre>").text(advice.command).markup("</pre>");
  return std::move(out.markup("</details>"));
}

Html article(const report::RowFacts& facts, const Context& context) {
  const ports::RowRecord& row = facts.row;
  const report::Explanation explanation = report::explain(facts);
  Html out("<article><h2>Row ");
  out.text(std::to_string(row.id.value)).markup(": ").text(row.status);
  if (row.sent_as && *row.sent_as != row.status) out.markup(" (as ").text(*row.sent_as).markup(")");
  out.markup(" to ").text(row.tracker).markup(" ").add(state_tag(row.state)).markup("</h2>");
  out.add(facts_of(row)).add(story_of(explanation)).add(taken_in(facts));
  if (explanation.curl) {
    out.markup("<details><summary>Its request, with *** for the key</summary><pre>");
    out.text(*explanation.curl).markup("</pre></details>");
  }
  return std::move(out.add(what_to_do(facts, explanation, context)).markup("</article>\n"));
}

Html search_form(const std::string& asked) {
  Html out("<form class=\"card\" role=\"search\" action=\"/click\" method=\"get\"><p><label for=\"q\">");
  out.markup("Click id, transaction id, event id, or the number of a row</label></p><p class=\"buttons\">");
  out.markup("<input id=\"q\" name=\"q\" value=\"").text(asked).markup("\" size=\"40\">");
  return std::move(out.markup("<button class=\"go\">Find</button></p></form>\n"));
}

}  // namespace

Document click_screen(const ClickFound& found, const Context& context) {
  Document document{.title = "A click", .here = "/click"};
  Html& out = document.body;
  out.add(search_form(found.asked));
  if (found.asked.empty()) return document;
  if (found.rows.empty()) {
    out.markup("<p class=\"lead\">No row was found for <code>").text(found.asked).markup("</code>.</p>");
  } else {
    out.markup("<p>").text(report::grouped(static_cast<std::int64_t>(found.rows.size())));
    out.text(found.rows.size() == 1 ? " row, as its story goes:" : " rows, the oldest first:").markup("</p>");
  }
  for (const report::RowFacts& facts : found.rows) out.add(article(facts, context));
  if (found.more_rows)
    out.markup("<p>There are more rows: ")
        .add(link("/rows", {{"subid", found.asked}}, "see them as a list"))
        .markup(".</p>");
  if (found.looked_down_to) {
    out.markup("<p class=\"card\">The newest rows were looked through");
    if (found.looked_back_to) out.markup(", back to ").add(time_html(found.looked_back_to));
    out.markup(". There may be older ones. <a class=\"button\" href=\"");
    out.text(address("/click", {{"q", found.asked}, {"below", std::to_string(found.looked_down_to->value)}}));
    out.markup("\">Look further back</a></p>");
  }
  return document;
}

}  // namespace keitaro_outbox::web
