#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "cli/json_value.hpp"
#include "core/text/time.hpp"
#include "sqlite/read/row_reader.hpp"

namespace keitaro_outbox::cli {

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
Json json_of(const sqlite::RowRecord& row);
Json json_of(const sqlite::AttemptRecord& attempt);
Json json_of(const sqlite::ConversionRecord& conversion);

}  // namespace keitaro_outbox::cli
