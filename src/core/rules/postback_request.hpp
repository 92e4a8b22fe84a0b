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
  LedgerKey key;  ///< As the request carries it, which may differ from the row's columns.
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

/// The request for a row, or why there is none, without regard to what the tracker took in before. Refused:
/// an unknown status, a rebill without a tid, unusable amounts or parameters.
///
/// A status that a list in the row's own params names (`lead_status`, `sale_status`, `rejected_status`)
/// counts as that list says, before the tracker's map, and is sent under its own name: the list is sent with
/// it.
///
/// In the raw style a rebill is sent as `rebill` under any name of its own: Keitaro has no list for its
/// names.
///
/// Where the row's campaign or the tracker has templates, the row's status names the template to fill in; one
/// without a template of its own that such a list names, that of the Keitaro status. A missing template
/// refuses the row, an empty one cancels it. A rebill then needs a tid in the template too.
Plan request_for(const Row& row, const TrackerRules& rules);

/// A planned request, safe to show.
struct ShownRequest {
  std::string url;
  Params params;
  std::vector<std::string> left_out;  ///< Names of what the row has and its template does not send.
};
ShownRequest shown_request(const Row& row, const Send& send, const TrackerRules& rules);

}  // namespace keitaro_outbox::core
