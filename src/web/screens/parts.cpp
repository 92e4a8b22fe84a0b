#include <utility>

#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {

Html state_tag(core::State state) {
  switch (state) {
    case core::State::pending:
      return Html("<span class=\"tag\">waiting</span>");
    case core::State::delivered:
      return Html("<span class=\"tag good\">delivered</span>");
    case core::State::duplicate:
      return Html("<span class=\"tag\">duplicate</span>");
    case core::State::refused:
      return Html("<span class=\"tag warn\">refused</span>");
    case core::State::dead:
      return Html("<span class=\"tag bad\">dead</span>");
    case core::State::cancelled:
      break;
  }
  return Html("<span class=\"tag\">cancelled</span>");
}

Html verdict_tag(core::Verdict verdict) {
  switch (verdict) {
    case core::Verdict::recorded:
      return Html("<span class=\"tag good\">recorded</span>");
    case core::Verdict::differs:
      return Html("<span class=\"tag warn\">differs</span>");
    case core::Verdict::absent:
      return Html("<span class=\"tag bad\">absent</span>");
    case core::Verdict::unknowable:
      return Html("<span class=\"tag\">unknowable</span>");
    case core::Verdict::unchecked:
      break;
  }
  return Html("<span class=\"tag\">unchecked</span>");
}

Html post_button(std::string_view path, const Query& fields, std::string_view text) {
  Html out("<form method=\"post\" action=\"");
  out.text(path).markup("\">");
  for (const auto& [name, value] : fields) out.add(hidden(name, value));
  return std::move(out.markup("<button>").text(text).markup("</button></form>"));
}

Html doubts(const Context& context) {
  Html out;
  const auto add = [&](std::string_view text) {
    out.markup("<li class=\"warn\">").text(text).markup("</li>");
  };
  if (!context.picture) {
    add("The outbox is being looked at for the first time; this page shows it in a moment.");
  } else {
    const Picture& picture = *context.picture;
    if (!picture.trouble.empty())
      add("The database cannot be read now: " + picture.trouble + ". What you see is older.");
    if (!picture.overview.unsure.empty()) add(picture.overview.unsure);
    constexpr std::chrono::seconds kFresh{15};
    if (picture.trouble.empty() && context.now - picture.at > kFresh)
      add("These figures are " + report::span_words(context.now - picture.at) + " old: reload the page.");
  }
  if (out.empty()) return {};
  Html list("<ul class=\"todo\">");
  return std::move(list.add(out).markup("</ul>\n"));
}

Query group_query(const ports::ReasonGroupFilter& group) {
  return {{"state", std::string(core::name_of(group.state))},
          {"tracker", group.tracker},
          {"kind", group.kind.empty() ? std::string(kNoReason) : group.kind}};
}

Document message_screen(std::string title, std::string text, int http_status) {
  Document document{.title = std::move(title), .http_status = http_status};
  document.body.markup("<p class=\"lead\">")
      .text(text)
      .markup("</p><p><a href=\"/\">To the first screen</a></p>");
  return document;
}

Document question_screen(const Question& question, const Context& context) {
  Document document{.title = question.title, .here = question.here};
  Html& out = document.body;
  out.markup("<div class=\"card\"><p class=\"lead\">").text(question.what).markup("</p>");
  if (!question.count.empty()) out.markup("<p><strong>").text(question.count).markup("</strong></p>");
  out.markup("<p>").text(question.consequence).markup("</p>");
  if (context.acts) {
    out.markup("<form class=\"ask\" method=\"post\" action=\"").text(question.path).markup("\">");
    for (const auto& [name, value] : question.fields) out.add(hidden(name, value));
    if (question.offers_pace) {
      out.markup("<p><label for=\"pace\">How many rows a second (empty: all at once)</label>");
      out.markup(
          "<input id=\"pace\" name=\"pace\" inputmode=\"decimal\" size=\"8\" placeholder=\"all\"></p>");
    }
    out.markup("<p class=\"buttons\"><button class=\"go\">").text(question.button).markup("</button> ");
    out.markup("<a class=\"button\" href=\"").text(question.back).markup("\">No, go back</a></p></form>");
  } else {
    out.markup("<p>This page is read only.</p>");
  }
  out.markup("</div>");
  return document;
}

}  // namespace keitaro_outbox::web
