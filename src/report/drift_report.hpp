#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/readback/drift.hpp"
#include "report/json_value.hpp"

namespace keitaro_outbox::report {

/// One tracker's records beside ours, as far as it could be asked.
struct TrackerDrift {
  std::string tracker;
  std::optional<core::DriftReport> drift;  ///< nullopt where it could not be asked.
  std::string trouble;                     ///< Why; empty where it could.
};

/// `12.5 usd, 3`; `0` for nothing.
std::string drift_money(const std::map<std::string, core::AmountSum>& money);

/// `differs`, `not at the tracker`, `only at the tracker`.
std::string_view words_for(core::DriftItem::Kind kind);

/// With a header; a line for each total and each conversion that is different.
std::string drift_csv(std::span<const TrackerDrift> trackers);

/// Adds `totals` and `items`.
void add_drift(Json& json, const core::DriftReport& drift);

}  // namespace keitaro_outbox::report
