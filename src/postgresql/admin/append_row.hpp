#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/rules/conversion_rules.hpp"
#include "core/text/column_values.hpp"
#include "keitaro_outbox/conversion.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {

/// The conversion as its columns would stand in the table.
inline core::ConversionColumns columns_of(const Conversion& conversion) {
  return {.tracker = conversion.tracker,
          .subid = conversion.subid,
          .status = conversion.status,
          .tid = core::unless_empty(conversion.tid),
          .payout = core::unless_empty(conversion.payout),
          .cost = core::unless_empty(conversion.cost),
          .currency = core::unless_empty(conversion.currency),
          .params = core::unless_empty(conversion.params),
          .event_id = core::unless_empty(conversion.event_id),
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
