#pragma once

#include <string>

#include "sim/query_string.hpp"
#include "sim/simulator.hpp"
#include "sim/tracker.hpp"

namespace keitaro_sim {

/// The counts as JSON: received, results, troubles, and the tracker's own.
std::string stats_page(const ReceiptCounts& counts, const Tracker& tracker);

/// The conversions as JSON, `{"conversions":[…],"total":N}`, in order of creation: those of `subid` if the
/// query has one, without the first `offset`, at most `limit` (all, when it has none).
std::string conversions_page(const Tracker& tracker, const Params& query);

/// For people: the counts, the latest conversions and the latest lines of the log.
std::string summary_page(const ReceiptCounts& counts, const Tracker& tracker);

}  // namespace keitaro_sim
