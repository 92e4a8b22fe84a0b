#include "sim/timestamp.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace keitaro_sim {
namespace {

/// Reads exactly `digits` digits off the front of `text`, after `before` if that is not 0.
std::optional<int> take(std::string_view& text, char before, std::size_t digits) {
  if (before != 0) {
    if (text.empty() || text.front() != before) return std::nullopt;
    text.remove_prefix(1);
  }
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

}  // namespace

std::string timestamp(keitaro_outbox::core::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<keitaro_outbox::core::WallTime> parse_timestamp(std::string_view text, bool end_of_day) {
  const auto year = take(text, 0, 4);
  const auto month = take(text, '-', 2);
  const auto day = take(text, '-', 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  keitaro_outbox::core::WallTime time{std::chrono::sys_days{date}};
  if (text.empty()) return end_of_day ? time + std::chrono::days{1} - std::chrono::milliseconds{1} : time;
  const auto hour = take(text, text.front() == 'T' ? 'T' : ' ', 2);
  const auto minute = take(text, ':', 2);
  const auto second = text.empty() ? std::optional<int>{0} : take(text, ':', 2);
  if (!hour || !minute || !second || !text.empty() || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return time + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace keitaro_sim
