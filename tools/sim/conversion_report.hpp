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

/// `query` is the body of `POST /admin_api/v1/conversions/log`. All times are UTC whatever `range.timezone`
/// says. Without `columns` all are given, without `limit` 100 rows.
ConversionReport report_conversions(std::string_view query, const Tracker& tracker,
                                    const AdminSettings& settings);

}  // namespace keitaro_sim
