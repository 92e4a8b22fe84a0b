#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/rules/row.hpp"
#include "core/url/params.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::report {

/// What the worker would do with a row if it were its turn.
struct Outcome {
  std::string_view action;  ///< For programs: send, refuse, duplicate, cancel or wait.
  std::string_view word;    ///< The same for people.
  std::string reason;
  std::string url;  ///< Without the key.
  core::Params params;
  std::optional<core::Status> sent_as;
  std::vector<std::string> left_out = {};  ///< What the row has and its template does not send.
};

/// The row as the rules take it.
core::Row row_for_plan(const ports::RowRecord& row);

/// The entry as the rules take it, or nullopt when its status is none of Keitaro's.
std::optional<core::LedgerEntry> ledger_for_plan(const ports::ConversionRecord& conversion);

/// `last` is what the tracker last took in for the row's subid and tid.
Outcome outcome_of(const ports::RowRecord& row, const std::optional<core::LedgerEntry>& last,
                   const config::Settings& settings);

}  // namespace keitaro_outbox::report
