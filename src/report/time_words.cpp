#include "report/time_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "log/log_line.hpp"

namespace keitaro_outbox::report {
namespace {

constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits{
    {{86'400, "d"}, {3'600, "h"}, {60, "m"}, {1, "s"}}};

std::int64_t whole_seconds(core::Millis span) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(span).count());
}

std::string with_unit(std::int64_t count, std::string_view unit) {
  return std::to_string(count) + std::string(unit);
}

}  // namespace

std::string short_span(core::Millis span) {
  const std::int64_t seconds = whole_seconds(span);
  for (const auto& [length, unit] : kUnits) {
    if (seconds >= length) return with_unit(seconds / length, unit);
  }
  return "0s";
}

std::string span_words(core::Millis span) {
  const std::int64_t seconds = whole_seconds(span);
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    const auto& [length, unit] = kUnits[i];
    const auto& [smaller_length, smaller_unit] = kUnits[i + 1];
    if (seconds < length) continue;
    const std::int64_t rest = seconds % length / smaller_length;
    const std::string whole = with_unit(seconds / length, unit);
    return rest == 0 ? whole : whole + " " + with_unit(rest, smaller_unit);
  }
  return with_unit(seconds, "s");
}

std::string until_words(core::WallTime then, core::WallTime now) {
  return span_words(std::chrono::ceil<std::chrono::seconds>(then - now));
}

std::string count_words(std::int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string grouped(std::int64_t number) {
  std::string out = std::to_string(number);
  const std::size_t first_digit = number < 0 ? 1 : 0;
  for (std::size_t at = out.size(); at > first_digit + 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string time_words(core::WallTime time) {
  std::string text = log::utc_text(time).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

}  // namespace keitaro_outbox::report
