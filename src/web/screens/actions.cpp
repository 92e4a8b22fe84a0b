#include <utility>

#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

std::string actor_words(const Actor& actor) {
  return actor.user.empty() ? actor.address : actor.user + " from " + actor.address;
}

Html result_html(const ActionRecord& record) {
  if (record.result.empty()) return Html("<span class=\"tag\">going on</span>");
  Html out;
  if (record.failed) {
    out.markup("<span class=\"tag bad\">failed</span> ");
  } else {
    out.markup("<span class=\"tag good\">done</span> ");
  }
  return std::move(out.add(long_text(record.result, 300)));
}

}  // namespace

Document actions_screen(const std::optional<ActionRecord>& shown, const std::vector<ActionRecord>& recent,
                        const Context& /*context*/) {
  Document document{.title = "What was done", .here = "/actions"};
  Html& out = document.body;
  if (shown) {
    document.title = shown->result.empty() ? "Being done" : shown->failed ? "It failed" : "Done";
    document.reload_soon = shown->result.empty();
    out.markup("<div class=\"card\"><p class=\"lead\">")
        .add(result_html(*shown))
        .markup("</p><p>You asked to ");
    out.text(shown->what)
        .markup(".</p><p><a href=\"/problems\">To the problems</a> · <a href=\"/\">Now</a></p></div>");
  }
  HtmlTable table("What was done from this page since the program was started, the newest first",
                  {{"Number"}, {"When"}, {"Who"}, {"What"}, {"Result"}});
  for (const ActionRecord& record : recent) {
    table.add({text_html(std::to_string(record.id)), time_html(record.at),
               text_html(actor_words(record.actor)), long_text(record.what, 160), result_html(record)});
  }
  if (!table.empty()) {
    out.add(table.html());
  } else if (!shown) {
    out.markup("<p class=\"lead\">Nothing was done from this page since the program was started.</p>");
  }
  return document;
}

}  // namespace keitaro_outbox::web
