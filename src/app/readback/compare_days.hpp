#pragma once

#include <cstdint>
#include <functional>

#include "app/readback/tracker_api.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/read_back_store.hpp"
#include "report/drift_report.hpp"

namespace keitaro_outbox::app {

/// Gives each conversion of a tracker to `take`. Reads the whole ledger, some at a time. Ends early where
/// `stop_asked` says so; it may be empty. Throws StoreError.
void walk_ledger(ports::ReadBackStore& store, const std::string& tracker,
                 const std::function<void(const ports::LedgerConversion&)>& take,
                 const std::function<bool()>& stop_asked);

/// Puts the conversions of the last `days` days, today included, beside the tracker's records. Blocks, for
/// minutes where there are many. `spec.read_back` must be set. Throws StoreError.
report::TrackerDrift compare_days(ports::ReadBackStore& store, const delivery::TrackerSpec& spec,
                                  TrackerApi& api, int days, core::WallTime now,
                                  const std::function<bool()>& stop_asked, std::int64_t& requests);

}  // namespace keitaro_outbox::app
