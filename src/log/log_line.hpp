#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::log {

/// One `key=value` of a log line. Keys are ours: lower case, with the unit at the end (`latency_ms`).
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, bool> value;
};

std::string_view name_of(config::LogLevel level);

/// `2026-01-31T09:05:07.042Z`.
std::string utc_text(core::WallTime time);

/// `2026-01-31T09:05:07.042Z info delivered id=7 subid=abc`. Values that could be misread, or forge a line,
/// are quoted and escaped.
std::string text_line(core::WallTime time, config::LogLevel level, std::string_view event,
                      std::span<const LogField> fields);

/// The same as a JSON object in one line of ASCII:
/// `{"time":"…","level":"info","event":"delivered","id":7,"subid":"abc"}`.
std::string json_line(core::WallTime time, config::LogLevel level, std::string_view event,
                      std::span<const LogField> fields);

}  // namespace keitaro_outbox::log
