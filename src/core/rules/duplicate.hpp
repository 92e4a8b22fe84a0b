#pragma once

#include <optional>
#include <string>

#include "core/rules/row.hpp"

namespace keitaro_outbox::core {

/// Whether two postbacks would tell the tracker the same. Currencies are compared without regard to case.
bool same_facts(const Postback& a, const Postback& b);

/// Why sending `postback` for `row` would change nothing at a tracker that last took in `last` for the same
/// key, or nullopt when it would. A rebill is sent once, whatever its amounts and whatever came between.
/// Another row with the same facts is a duplicate; a row is never a duplicate of itself, a rebill neither, so
/// that what an operator sends again is sent.
std::optional<std::string> duplicate_reason(OutboxId row, const Postback& postback, const LedgerEntry& last);

}  // namespace keitaro_outbox::core
