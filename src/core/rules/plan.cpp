#include "core/rules/plan.hpp"

#include <utility>

#include "core/rules/duplicate.hpp"

namespace keitaro_outbox::core {

std::optional<Finish> check_ledger(OutboxId row, const Postback& postback,
                                   const std::optional<LedgerEntry>& last,
                                   const TransitionPolicy& transitions) {
  if (!last) return std::nullopt;
  const Status from = last->postback.status;
  const Status to = postback.status;
  if (auto reason = duplicate_reason(row, postback, *last))
    return Finish{State::duplicate, *std::move(reason), to};
  if (from == to || transitions.allows({from, to})) return std::nullopt;
  return Finish{State::refused,
                "the tracker does not take a move from " + std::string(name_of(from)) + " to " +
                    std::string(name_of(to)) + " (allow_transitions can add it)",
                to, from};
}

Plan plan(const Row& row, const std::optional<LedgerEntry>& last, const TrackerRules& rules) {
  Plan request = request_for(row, rules);
  if (const auto* send = std::get_if<Send>(&request)) {
    if (auto finish = check_ledger(row.id, send->postback, last, rules.transitions))
      return *std::move(finish);
  }
  return request;
}

}  // namespace keitaro_outbox::core
