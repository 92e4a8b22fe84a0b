#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/rules/status.hpp"
#include "core/rules/transition.hpp"
#include "core/url/postback_url.hpp"
#include "core/url/templates.hpp"

namespace keitaro_outbox::core {

enum class Style : std::uint8_t {
  mapped,  ///< `status=` is a Keitaro status.
  raw      ///< `status=` is the row's own, with the lists that tell Keitaro what it counts as.
};

/// What becomes of a `-` in a subid when it is sent. Telegram's deep links carry no `.`, so a click id with
/// dots comes with dashes out of one.
enum class ClickDashes : std::uint8_t { keep, to_dots };

/// What decides about a row of one tracker, without regard to time or traffic.
struct TrackerRules {
  std::string name = "default";
  PostbackUrl url;      ///< For rows without a template. Empty when every row has one.
  Templates templates;  ///< They go before `url`; style has no say in them.
  StatusMap statuses;
  TransitionPolicy transitions;
  Style style = Style::mapped;
  ClickDashes click_dashes = ClickDashes::keep;
  std::string sentinel = "OK";    ///< Asked for with `return=` and looked for in the answer. Empty: neither.
  std::string template_sentinel;  ///< The same for templates that have no `return=` of their own.

  /// Takes the keys of the URL and of all templates out of a text of others, as PostbackUrl::scrub() does.
  std::string scrub(std::string_view text) const { return templates.scrub(url.scrub(text)); }
};

/// Whether both send to the same places.
inline bool same_addresses(const TrackerRules& a, const TrackerRules& b) {
  return a.url.text() == b.url.text() && a.templates == b.templates;
}

}  // namespace keitaro_outbox::core
