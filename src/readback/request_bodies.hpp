#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ports/tracker_records.hpp"
#include "readback/columns.hpp"

namespace keitaro_outbox::readback {

/// Rows of one request: a tracker gives no more.
inline constexpr std::size_t kPageRows = 1'000;
/// Lines of one request for the log of received postbacks.
inline constexpr std::size_t kLogLines = 100;

/// The body of `POST /admin_api/v1/conversions/log`: one page of the range's conversions in order of their
/// ids, of these click ids or of all where there are none.
std::string conversions_body(const Columns& columns, std::span<const std::string> subids,
                             const ports::RecordRange& range, std::size_t offset);

/// The body of a request that a tracker refuses by naming the columns it has.
std::string unknown_column_body(const ports::RecordRange& range);

/// Path and query of `GET /admin_api/v1/logs/postbacks` for a click id, percent-encoded.
std::string postback_log_target(std::string_view subid);

}  // namespace keitaro_outbox::readback
