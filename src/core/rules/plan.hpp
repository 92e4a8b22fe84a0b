#pragma once

#include <optional>

#include "core/rules/postback_request.hpp"

namespace keitaro_outbox::core {

/// Why a postback is not sent to a tracker that last took in `last` for the same key (nullopt for nothing):
/// it is a duplicate (see duplicate.hpp), or a move that the policy does not allow. nullopt when it is to be
/// sent. The same status with other facts is an update, and sent.
std::optional<Finish> check_ledger(OutboxId row, const Postback& postback,
                                   const std::optional<LedgerEntry>& last,
                                   const TransitionPolicy& transitions);

/// What is done with a row: request_for(), then check_ledger(). `last` is what the tracker last took in for
/// the key of that request.
Plan plan(const Row& row, const std::optional<LedgerEntry>& last, const TrackerRules& rules);

}  // namespace keitaro_outbox::core
