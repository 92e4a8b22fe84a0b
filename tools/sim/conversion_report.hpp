#pragma once

#include <string>
#include <string_view>

#include "sim/admin_api.hpp"
#include "sim/tracker.hpp"

namespace keitaro_sim {

/// The answer to a query of the conversions log.
struct ConversionReport {
  std::string json;   ///< `{"rows":[…],"total":N,"meta":[]}`; `total` counts what the filters let through.
  std::string error;  ///< One plain sentence when the query is wrong; `json` is empty then.
};

/// `query` is the body of `POST /admin_api/v1/conversions/log`. Stamps are in the tracker's time zone, ranges
/// in that of `range.timezone`: `UTC`, `+03:00`, or the tracker's where there is none. Without `columns` all
/// are given, without `limit` 100 rows. `repeat_page`: in place of a later page comes the one before it.
ConversionReport report_conversions(std::string_view query, const Tracker& tracker,
                                    const AdminSettings& settings, bool repeat_page = false);

}  // namespace keitaro_sim
