#pragma once

#include <string>

#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::report {

/// The names of all columns of the outbox, with a line end.
std::string csv_header();

/// A row's columns in that order; NULL and an empty text are both empty.
std::string csv_line(const ports::RowRecord& row);

/// The row as one line of JSON, with the columns' names as keys.
std::string json_line(const ports::RowRecord& row);

}  // namespace keitaro_outbox::report
