#pragma once

#include <string>
#include <string_view>

#include "ports/http_exchange.hpp"
#include "web/context.hpp"
#include "web/html.hpp"

namespace keitaro_outbox::web {

/// A whole page.
struct Document {
  std::string title;
  std::string here = {};   ///< The path of the screen, for the list of screens: `/problems`.
  Html body = {};          ///< What stands in <main>, below the heading.
  bool refreshes = false;  ///< The script reads it again each two seconds, and replaces the parts of live().
  int http_status = 200;
  bool reload_soon = false;  ///< Without script too: what is asked for is not there yet.
};

/// A part of a page that changes by itself. `id` names it on its page; a literal.
Html live(std::string_view id, const Html& part);

/// A page with its frame: headings, the list of screens, the search, what it is of.
ports::HttpResponse page_response(const Document& document, const Context& context);

/// Adds the headers that every answer of the page has: nothing is stored, framed, guessed or loaded from
/// elsewhere.
ports::HttpResponse with_safe_headers(ports::HttpResponse response);

}  // namespace keitaro_outbox::web
