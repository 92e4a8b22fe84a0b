#include "log/log_line.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/text/printable.hpp"

namespace keitaro_outbox::log {
namespace {

std::string text_of(const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return core::quoted_if_needed(*text);
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return std::to_string(*number);
  return std::get<bool>(field.value) ? "true" : "false";
}

}  // namespace

std::string_view name_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return "debug";
    case config::LogLevel::info:
      return "info";
    case config::LogLevel::warn:
      return "warn";
    case config::LogLevel::error:
      return "error";
  }
  return "error";
}

std::string utc_text(core::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return buffer.data();
}

std::string text_line(core::WallTime time, config::LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  std::string line = utc_text(time);
  line += ' ';
  line += name_of(level);
  line += ' ';
  line += event;
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += text_of(field);
  }
  return line;
}

std::string json_line(core::WallTime time, config::LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  nlohmann::ordered_json line;
  line["time"] = utc_text(time);
  line["level"] = name_of(level);
  line["event"] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  constexpr bool kAscii = true;
  return line.dump(-1, ' ', kAscii, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace keitaro_outbox::log
