#include "core/text/clock_doubt.hpp"

namespace keitaro_outbox::core {
namespace {

std::string two_digits(unsigned number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// `2038-01-19`.
std::string date_of(WallTime time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return std::to_string(static_cast<int>(day.year())) + '-' + two_digits(static_cast<unsigned>(day.month())) +
         '-' + two_digits(static_cast<unsigned>(day.day()));
}

}  // namespace

std::string doubt_words(WallTime now, WallTime known) {
  const auto days = std::chrono::floor<std::chrono::days>(now - known).count();
  return "the clock says " + date_of(now) + ", which is " + std::to_string(days) +
         (days == 1 ? " day" : " days") + " after the newest time in the database, " + date_of(known);
}

}  // namespace keitaro_outbox::core
