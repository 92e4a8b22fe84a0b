#include <utility>

#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

std::string payout_words(const ports::ConversionRecord& conversion) {
  if (!conversion.payout) return "-";
  return *conversion.payout + (conversion.currency ? " " + *conversion.currency : std::string());
}

}  // namespace

Document conversions_screen(const ConversionsAsked& asked, const std::vector<ports::ConversionRecord>& found,
                            bool more, const Context& context) {
  Document document{.title = "Not recorded as it was sent", .here = "/problems"};
  Html& out = document.body;
  const Query query{{"verdict", std::string(core::name_of(asked.verdict))}, {"tracker", asked.tracker}};
  HtmlTable table("Conversions of " + asked.tracker + ", those of the newest rows first",
                  {{"Click"},
                   {"Transaction"},
                   {"Sent as"},
                   {"Payout", true},
                   {"Taken in"},
                   {"Verdict"},
                   {"Looked at"},
                   {"What the records say"}});
  for (const ports::ConversionRecord& conversion : found) {
    table.add({link("/click", {{"row", std::to_string(conversion.outbox_id.value)}}, conversion.subid),
               text_html(conversion.tid.empty() ? "-" : conversion.tid), text_html(conversion.sent_status),
               text_html(payout_words(conversion)), time_html(conversion.taken_in_at),
               verdict_tag(conversion.verdict), time_html(conversion.verdict_at),
               long_text(conversion.verdict_note.value_or("-"), 120)});
  }
  out.add(table.empty() ? Html("<p class=\"lead\">There is none.</p>") : table.html());
  out.markup("<div class=\"buttons\">");
  if (asked.below) out.add(link("/conversions", query, "The newest")).markup(" ");
  if (more) {
    Query older = query;
    older.emplace_back("below", std::to_string(found.back().outbox_id.value));
    out.markup("<a class=\"button go\" href=\"")
        .text(address("/conversions", older))
        .markup("\">Older ones</a> ");
  }
  if (context.acts && asked.verdict == core::Verdict::absent && !found.empty())
    out.markup("<a class=\"button\" href=\"")
        .text(address("/retry", query))
        .markup("\">Send all of them again…</a>");
  out.markup("</div><p class=\"faint\"><code>keitaro-outbox export --verdict ");
  out.text(core::name_of(asked.verdict))
      .markup(" --format keitaro-import</code> writes them as Keitaro's import file.</p>");
  return document;
}

}  // namespace keitaro_outbox::web
