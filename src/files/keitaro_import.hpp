#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/rules/status.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::files {

/// A row as Keitaro's import tool takes it, `subid,payout,tid,status` and a line end, or why it cannot be
/// written so.
struct KeitaroImportLine {
  std::string line;
  std::string error;
};

/// The status is Keitaro's: what the row was, or would have been, sent as, else what the map says of its own.
/// The tool's pages name no way to quote, so a field with a comma, a quote or a line end cannot be carried.
KeitaroImportLine keitaro_import_line(const ports::RowRecord& row, const core::StatusMap& statuses);

}  // namespace keitaro_outbox::files
