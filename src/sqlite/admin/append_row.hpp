#pragma once

#include <cstdint>
#include <optional>

#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::sqlite {

/// Runs the statement sql::append for one conversion: what append() does, also for who appends many. `Insert`
/// is a Run on a connection of ours, or a HandleStatement on the application's. Gives the new row's id, or
/// nullopt when its `event_id` is there already. Throws what `Insert` throws; after a broken CHECK the
/// caller's transaction goes on.
template <typename Insert>
std::optional<std::int64_t> append_row(Insert& insert, const Conversion& conversion) {
  insert.bind(":tracker", conversion.tracker)
      .bind(":campaign", conversion.campaign)
      .bind(":subid", conversion.subid)
      .bind(":status", conversion.status)
      .bind(":tid", conversion.tid)
      .bind(":payout", conversion.payout)
      .bind(":cost", conversion.cost)
      .bind(":currency", conversion.currency)
      .bind(":params", conversion.params)
      .bind(":event_id", conversion.event_id)
      .bind(":due_at", conversion.due_at);
  std::optional<std::int64_t> id;
  // To the end: outside of a transaction the row is committed only then.
  while (insert.step()) id = insert.integer(0);
  return id;
}

}  // namespace keitaro_outbox::sqlite
