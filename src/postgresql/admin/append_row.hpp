#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/rules/conversion_rules.hpp"
#include "keitaro_outbox/conversion.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {

/// The conversion as its columns would stand in the table.
inline core::ConversionColumns columns_of(const Conversion& conversion) {
  const auto unless_empty = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
  };
  return {.tracker = conversion.tracker,
          .subid = conversion.subid,
          .status = conversion.status,
          .tid = unless_empty(conversion.tid),
          .payout = unless_empty(conversion.payout),
          .cost = unless_empty(conversion.cost),
          .currency = unless_empty(conversion.currency),
          .params = unless_empty(conversion.params),
          .event_id = unless_empty(conversion.event_id),
          .due_at = conversion.due_at};
}

/// Appends one conversion, whose result has a row with its id, or none where its event is there already.
inline Statement appending(const Conversion& conversion) {
  return {sql::append, Parameters()
                           .add(conversion.tracker)
                           .add(conversion.campaign)
                           .add(conversion.subid)
                           .add(conversion.status)
                           .add(conversion.tid)
                           .add(conversion.payout)
                           .add(conversion.cost)
                           .add(conversion.currency)
                           .add(conversion.params)
                           .add(conversion.event_id)
                           .add(conversion.due_at)};
}

}  // namespace keitaro_outbox::postgresql
