#pragma once

#include <string>
#include <string_view>

#include "core/url/postback_url.hpp"

namespace keitaro_outbox::core {

// What goes wrong when a postback URL is copied from a tracker's panel, a manual or a web page. Each function
// gives one plain sentence, which does not repeat the key, or an empty text.

/// A template: what a web page makes of `&` (`&amp;`, `¤cy=` for `&currency=`), macros in two pairs of
/// braces, and values still to be replaced (`subid=REPLACE`).
std::string mistake_in_pasted_template(std::string_view url);

/// A tracker's URL, to which each request adds the row's own parameters: the above, parameters that a row
/// fills, and placeholders (`{payout}`, `[payout]`, `REPLACE`) in its query or path.
std::string mistake_in_tracker_url(std::string_view url);

/// What is odd about the path of a URL for Keitaro: it does not end in `/postback`, or has no key before it.
std::string doubt_about_path(const PostbackUrl& url);

}  // namespace keitaro_outbox::core
