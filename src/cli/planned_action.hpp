#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/rules/row.hpp"
#include "core/url/params.hpp"
#include "sqlite/read/row_reader.hpp"

namespace keitaro_outbox::cli {

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

/// `last` is what the tracker last took in for the row's subid and tid.
Outcome outcome_of(const sqlite::RowRecord& row, const std::optional<core::LedgerEntry>& last,
                   const config::Settings& settings);

}  // namespace keitaro_outbox::cli
