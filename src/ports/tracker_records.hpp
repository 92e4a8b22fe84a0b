#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/records.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

using core::PostbackLogLine;
using core::RecordedConversion;

/// A span of time by whole minutes in UTC, both ends included.
struct RecordRange {
  core::WallTime from;
  core::WallTime to;
};

/// What became of asking.
enum class Asked : std::uint8_t {
  answered,     ///< All that was asked for was read.
  slow_down,    ///< 429: the same again later, more slowly.
  no_api,       ///< 402: this edition has no Admin API.
  wrong_path,   ///< 404, or HTML with 200: the address is not that of the panel.
  key_refused,  ///< 401 or 403.
  too_much,     ///< 400 with known columns, 413, 5xx or no answer in time: a smaller request may pass.
  failed        ///< No connection, an answer that cannot be read, or one beyond the ceilings.
};

/// The tracker's answer. `conversions` holds what was read, complete only where `asked` is `answered`.
struct RecordsAnswer {
  Asked asked = Asked::failed;
  std::vector<RecordedConversion> conversions;
  std::int64_t requests = 0;                ///< HTTP requests that this took.
  std::optional<core::Millis> retry_after;  ///< As the tracker asked for.
  std::string error;                        ///< One line without the key; empty where answered.
};

struct LogAnswer {
  Asked asked = Asked::failed;
  std::vector<PostbackLogLine> lines;  ///< Newest first, as the tracker gives them.
  std::int64_t requests = 0;
  std::optional<core::Millis> retry_after;
  std::string error;
};

/// A tracker's own records, read through its Admin API. Calls block, one at a time, and make as many requests
/// as the pages of the answer take, at most `admin_rate` a second. Nothing is thrown but std::bad_alloc.
class TrackerRecords {
 public:
  virtual ~TrackerRecords() = default;

  /// The conversions of these click ids, at most 200, that the tracker's log has in this range.
  virtual RecordsAnswer conversions(std::span<const std::string> subids, const RecordRange& range) = 0;
  /// All conversions of the range, for the drift report.
  virtual RecordsAnswer all_conversions(const RecordRange& range) = 0;
  /// What the tracker's log of received postbacks says of a click id.
  virtual LogAnswer postback_log(std::string_view subid) = 0;
};

}  // namespace keitaro_outbox::ports
