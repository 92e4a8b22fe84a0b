#pragma once

#include <optional>

#include "ports/outbox_reader.hpp"
#include "ports/tracker_condition.hpp"
#include "postgresql/base/result.hpp"

namespace keitaro_outbox::postgresql {

/// A time in a result, in Unix milliseconds; nullopt for NULL.
inline std::optional<core::WallTime> time_in(const Result& found, int row, int column) {
  const auto millis = found.optional_integer(row, column);
  return millis ? std::optional(core::wall_time(*millis)) : std::nullopt;
}

/// Rows of a result with the columns of read_row.sql. Throws StoreError for a state that is none of ours.
ports::RowRecord row_record(const Result& found, int row);

/// With those of read_conversion.sql.
ports::ConversionRecord conversion_record(const Result& found, int row);

/// With those of read_condition.sql.
ports::TrackerCondition condition_record(const Result& found, int row);

}  // namespace keitaro_outbox::postgresql
