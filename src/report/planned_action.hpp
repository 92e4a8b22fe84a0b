#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/rules/row.hpp"
#include "core/url/params.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::report {

/// What stands in the way of a row that is refused, as far as it decides what helps.
enum class Cause : std::uint8_t { unknown_status, no_template, move, rebill_without_tid, other };

/// What the worker would do with a row if it were its turn.
struct Outcome {
  std::string_view action;  ///< For programs: send, refuse, duplicate, cancel or wait.
  std::string_view word;    ///< The same for people.
  std::string reason;
  std::string url;  ///< Without the key.
  core::Params params;
  std::optional<core::Status> sent_as;
  Cause cause = Cause::other;              ///< Where the action is refuse.
  std::string move = {};                   ///< For Cause::move: `rejected->sale`.
  std::vector<std::string> left_out = {};  ///< What the row has and its template does not send.
};

/// The row as the rules take it.
core::Row row_for_plan(const ports::RowRecord& row);

/// Under which key the tracker's ledger is asked about a row: what its request carries, or, where there is no
/// request, what its columns say.
core::LedgerKey ledger_key_of(const ports::RowRecord& row, const config::Settings& settings);

/// The entry as the rules take it, or nullopt when its status is none of Keitaro's.
std::optional<core::LedgerEntry> ledger_for_plan(const ports::ConversionRecord& conversion);

/// `last` is what the tracker last took in for the row's key.
Outcome outcome_of(const ports::RowRecord& row, const std::optional<core::LedgerEntry>& last,
                   const config::Settings& settings);

}  // namespace keitaro_outbox::report
