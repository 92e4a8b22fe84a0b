#include "core/rules/duplicate.hpp"

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {

bool same_facts(const Postback& a, const Postback& b) {
  return a.status == b.status && a.sent_status == b.sent_status && a.payout == b.payout && a.cost == b.cost &&
         ascii::equal_ignoring_case(a.currency, b.currency) && a.params == b.params;
}

std::optional<std::string> duplicate_reason(OutboxId row, const Postback& postback, const LedgerEntry& last) {
  if (postback.status == Status::rebill && last.rebilled_by && *last.rebilled_by != row) {
    return "the tracker has already taken in a rebill for this subid and tid, from row " +
           std::to_string(last.rebilled_by->value);
  }
  if (last.outbox_id == row || !same_facts(postback, last.postback)) return std::nullopt;
  return "the tracker has already taken in the same postback, from row " +
         std::to_string(last.outbox_id.value);
}

}  // namespace keitaro_outbox::core
