#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"
#include "core/params.hpp"
#include "core/row.hpp"
#include "sqlite/inspection.hpp"

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
Outcome outcome_of(const sqlite::InspectedRow& row, const std::optional<core::LedgerEntry>& last,
                   const app::Settings& settings);

}  // namespace keitaro_outbox::cli
