#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/row.hpp"
#include "core/tracker_rules.hpp"

namespace keitaro_outbox::core {

/// The row is to be sent with this request.
struct Send {
  Postback postback;
  Params query;  ///< All parameters in the order of sending: subid, status, tid, payout, cost, currency, params, lists, return.
};

/// The row is not sent: its state becomes `refused` or `duplicate`.
struct Finish {
  State state = State::refused;
  std::string reason;             ///< One plain sentence.
  std::optional<Status> sent_as;  ///< What would have been sent; nullopt when the row's status is unknown.
};

using Plan = std::variant<Send, Finish>;

/// Judges a row by what the tracker last took in for its `(tracker, subid, tid)` (`last`, nullopt for nothing).
///
/// - An unknown status, a rebill without a tid, a move that the policy does not allow, and unusable parameters are refused.
/// - A rebill after a rebill for the same key, and a row that would change nothing, are duplicates.
/// - The same status with other amounts or parameters is an update, and sent. In the raw style another own name of the same
///   Keitaro status is an update too.
/// - A row is no duplicate of itself: an operator who sends a delivered row again gets it sent; but a rebill never twice.
Plan plan(const Row& row, const std::optional<LedgerEntry>& last, const TrackerRules& rules);

}  // namespace keitaro_outbox::core
