#include "web/layout.hpp"

#include <array>
#include <utility>

#include "report/time_words.hpp"

namespace keitaro_outbox::web {
namespace {

struct Screen {
  std::string_view path;
  std::string_view name;
};

// Another screen is a file in screens/, a line here, and one in page.cpp.
constexpr std::array<Screen, 7> kScreens{{{"/", "Now"},
                                          {"/trackers", "Trackers"},
                                          {"/problems", "Problems"},
                                          {"/click", "A click"},
                                          {"/rows", "Rows"},
                                          {"/rejects", "Front door"},
                                          {"/drift", "Drift"}}};

Html screens_html(std::string_view here) {
  Html out("<nav aria-label=\"Screens\"><ul>");
  for (const Screen& screen : kScreens) {
    out.markup("<li><a href=\"").text(screen.path).markup("\"");
    if (screen.path == here) out.markup(" aria-current=\"page\"");
    out.markup(">").text(screen.name).markup("</a></li>");
  }
  return std::move(out.markup("</ul></nav>"));
}

Html footer_html(const Context& context) {
  Html out("<footer><p>keitaro-outbox ");
  out.text(context.version).markup(", database <code>").text(context.database).markup("</code>");
  if (!context.fingerprint.empty())
    out.markup(", configuration <code>").text(context.fingerprint).markup("</code>");
  if (!context.acts) out.markup(", read only");
  out.markup(". <a href=\"/actions\">What was done from this page</a>. Made at ").add(time_html(context.now));
  out.markup(". For programs: <a href=\"/metrics\">/metrics</a>, <a href=\"/healthz\">/healthz</a>, ");
  return std::move(out.markup("<a href=\"/readyz\">/readyz</a>.</p></footer>"));
}

}  // namespace

Html live(std::string_view id, const Html& part) {
  Html out;
  return std::move(out.markup("<div data-live id=\"").text(id).markup("\">").add(part).markup("</div>\n"));
}

ports::HttpResponse page_response(const Document& document, const Context& context) {
  Html out("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">");
  out.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
  if (document.reload_soon) out.markup("<meta http-equiv=\"refresh\" content=\"1\">");
  out.markup("<title>").text(document.title).markup(" - keitaro-outbox</title>");
  out.markup("<link rel=\"stylesheet\" href=\"/style.css\"><link rel=\"icon\" href=\"/icon.svg\">");
  out.markup("<script src=\"/page.js\" defer></script></head>\n<body");
  if (document.refreshes) out.markup(" data-refresh=\"yes\"");
  out.markup(
      ">\n<a class=\"skip\" href=\"#main\">To the content</a>\n<header class=\"top\"><div class=\"bar\">");
  out.markup("<a class=\"brand\" href=\"/\">keitaro-outbox</a>").add(screens_html(document.here));
  out.markup("<form class=\"find\" role=\"search\" action=\"/click\" method=\"get\">");
  out.markup("<input name=\"q\" aria-label=\"Click id, transaction id, event id or row number\" ");
  out.markup("placeholder=\"Click, transaction or row\"><button>Find</button></form></div></header>\n");
  out.markup("<main id=\"main\" tabindex=\"-1\"><h1>").text(document.title).markup("</h1>");
  out.markup("<div class=\"switches\"></div>\n").add(document.body).markup("</main>\n");
  out.add(footer_html(context)).markup("\n</body></html>\n");
  ports::HttpResponse response{document.http_status, out.str()};
  response.type = "text/html; charset=utf-8";
  return with_safe_headers(std::move(response));
}

ports::HttpResponse with_safe_headers(ports::HttpResponse response) {
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cache-Control", "no-store");
  // Not no-referrer: a browser would then name no origin with a form either.
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  return response;
}

}  // namespace keitaro_outbox::web
