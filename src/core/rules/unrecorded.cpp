#include "core/rules/unrecorded.hpp"

#include <string>

namespace keitaro_outbox::core {

std::optional<Finish> unrecorded_end(const Row& row, const Postback& postback,
                                     const std::optional<LedgerEntry>& last) {
  if (row.unrecorded == 0) return std::nullopt;
  if (last && last->outbox_id == row.id) return Finish{State::delivered, {}, postback.status};
  if (row.unrecorded <= kMostUnrecordedRepeats) return std::nullopt;
  return Finish{State::dead,
                "sent " + std::to_string(row.unrecorded) +
                    " times without success while what came of it could not be recorded",
                postback.status};
}

}  // namespace keitaro_outbox::core
