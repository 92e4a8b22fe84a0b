#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/rules/row.hpp"
#include "core/rules/tracker_rules.hpp"

namespace keitaro_outbox::core {

/// The row is to be sent with this request.
struct Send {
  Postback postback;
  std::string url;       ///< The request's, with the key.
  std::string sentinel;  ///< To be looked for in the answer; empty for none.
  Params query;  ///< All parameters in the order of sending: subid, status, tid, payout, cost, currency,
                 ///< params, lists, return. Empty for a template.
};

/// The row is not sent: its state becomes `refused`, `duplicate`, or, for an empty template, `cancelled`.
struct Finish {
  State state = State::refused;
  std::string reason;             ///< One plain sentence.
  std::optional<Status> sent_as;  ///< What would have been sent; nullopt when the row's status is unknown.
  std::optional<Status> moved_from = {};  ///< For a move that is not allowed: the status taken in before.
};

using Plan = std::variant<Send, Finish>;

/// Judges a row by what the tracker last took in for its `(tracker, subid, tid)` (`last`, nullopt for
/// nothing), in this order:
///
/// - An unknown status, a rebill without a tid, and unusable amounts or parameters are refused.
/// - A rebill after a rebill for the same key is a duplicate, whatever its amounts and whatever came between.
/// - The same status with the same facts is a duplicate; with others it is an update, and sent. In the raw
///   style another own name of the same Keitaro status is an update too.
/// - A row is no duplicate of itself: what an operator sends again is sent; but a rebill never twice.
/// - Another status is a move: sent where the policy allows it, else refused.
///
/// In the raw style a rebill goes out as `rebill` under whatever name: Keitaro has no list for its names.
///
/// Where the row's campaign or the tracker has templates, the row's status names the one to fill in, and
/// nothing is made up in place of one that is missing: the row is refused, and cancelled where it is empty.
/// What the template sends is what is judged, by the same rules; a rebill needs a tid in it too.
Plan plan(const Row& row, const std::optional<LedgerEntry>& last, const TrackerRules& rules);

/// A planned request, safe to show.
struct ShownRequest {
  std::string url;
  Params params;
  std::vector<std::string> left_out;  ///< Names of what the row has and its template does not send.
};
ShownRequest shown_request(const Row& row, const Send& send, const TrackerRules& rules);

}  // namespace keitaro_outbox::core
