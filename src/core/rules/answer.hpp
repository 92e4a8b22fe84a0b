#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// A response whose status line and headers came in whole. The body may have been cut at a ceiling or by the
/// peer.
struct Answer {
  int http_status = 0;
  std::string body;
  std::optional<std::string> retry_after;  ///< The header's value as it came.
};

/// The request was never sent, so the tracker cannot have taken it in: no such name, refused, no TLS, a
/// forbidden address.
struct NotSent {
  std::string error;               ///< For people; without the URL.
  bool forbidden_address = false;  ///< Our own guard refused it: private, loopback or link-local.
};

/// The request was sent, in part at least, and no usable answer came: the tracker may have taken it in.
struct AnswerLost {
  std::string error;
};

/// The request was never sent for lack of something of our own: descriptors, memory, local ports. Says
/// nothing of the tracker and nothing of the row.
struct OwnTrouble {
  std::string error;
};

using Exchange = std::variant<Answer, NotSent, AnswerLost, OwnTrouble>;

// What an exchange means to a row.

struct TakenIn {
  bool sentinel_missing = false;  ///< A 2xx without the text that was asked for.
  std::string asked_for = {};     ///< That text, when it is missing.
};
struct Throttled {  ///< 429.
  std::optional<Millis> retry_after;
};
struct TrackerTrouble {  ///< Speaks of the tracker: 5xx, 3xx, any other 4xx and codes outside of HTTP's
                         ///< classes.
  std::optional<Millis> retry_after;
};
struct RowRefused {  ///< 400 and 422: speak of the row.
  std::optional<Millis> retry_after;
};
struct NoAnswer {  ///< From NotSent and OwnTrouble.
  bool forbidden_address = false;
};
struct MaybeTakenIn {};  ///< From AnswerLost.

using Meaning = std::variant<TakenIn, Throttled, TrackerTrouble, RowRefused, NoAnswer, MaybeTakenIn>;

/// `sentinel` is the text that was asked for with `return=`, empty for none. The body must be that text and
/// nothing else, but for surrounding white space: Keitaro answers so, and a page of somebody else may well
/// hold the word OK.
Meaning read_exchange(const Exchange& exchange, std::string_view sentinel, WallTime now);

/// Whether that is TakenIn; and whether the answer's body is then what was asked for.
bool is_taken_in(const Exchange& exchange) noexcept;
bool says(const Answer& answer, std::string_view sentinel) noexcept;

/// One short phrase for people: `HTTP 503`, `HTTP 302 (redirects are not followed)`, `could not connect:
/// connection refused`.
std::string describe(const Exchange& exchange);

}  // namespace keitaro_outbox::core
