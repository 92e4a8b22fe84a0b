#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"
#include "report/json_value.hpp"

namespace keitaro_outbox::report {

/// Prints a JSON text for people to read too, and a line end.
void print_json(std::ostream& out, const Json& json);

/// The same in one line.
void print_json_line(std::ostream& out, const Json& json);

/// null for nullopt.
template <typename T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json json_of(const std::optional<core::WallTime>& time);  ///< Unix milliseconds.

/// With the table's column names as keys.
Json json_of(const ports::RowRecord& row);
Json json_of(const ports::AttemptRecord& attempt);
Json json_of(const ports::ConversionRecord& conversion);

}  // namespace keitaro_outbox::report
