#pragma once

#include "ports/outbox_reader.hpp"
#include "sqlite/base/run.hpp"

namespace keitaro_outbox::sqlite {

/// A row of `outbox` from a statement that gives all its columns, as the fragment row_columns.sql has them.
/// Throws ports::StoreError where its state is unknown.
ports::RowRecord read_row(const Run& run);

}  // namespace keitaro_outbox::sqlite
