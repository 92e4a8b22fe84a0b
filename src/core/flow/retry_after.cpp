#include "core/flow/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

using SysSeconds = std::chrono::sys_seconds;
using Names7 = std::array<std::string_view, 7>;

constexpr Names7 kShortDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr Names7 kLongDays{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from its front. Once something did not fit, `ok` stays false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    ok_ = ok_ && rest_.starts_with(expected);
    if (ok_) rest_.remove_prefix(expected.size());
  }

  int digits(std::size_t count) {
    ok_ = ok_ && rest_.size() >= count;
    int number = 0;
    for (std::size_t i = 0; ok_ && i < count; ++i) {
      ok_ = ascii::is_digit(rest_[i]);
      number = number * 10 + (rest_[i] - '0');
    }
    if (ok_) rest_.remove_prefix(count);
    return number;
  }

  /// A day of the month in two places, the first maybe a blank.
  int padded_day() {
    if (!rest_.starts_with(' ')) return digits(2);
    literal(" ");
    return digits(1);
  }

  /// The index of the name that comes next.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<unsigned>(i);
    }
    ok_ = false;
    return 0;
  }

  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Date {
  int year = 0;
  unsigned month = 0;  ///< From 0.
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void scan_time(Scanner& scanner, Date& date) {
  date.hour = scanner.digits(2);
  scanner.literal(":");
  date.minute = scanner.digits(2);
  scanner.literal(":");
  date.second = scanner.digits(2);
}

std::chrono::year_month_day calendar_day(const Date& date) {
  return std::chrono::year{date.year} / std::chrono::month{date.month + 1} /
         std::chrono::day{static_cast<unsigned>(date.day)};
}

SysSeconds point_in_time(const Date& date) {
  return std::chrono::sys_days{calendar_day(date)} + std::chrono::hours{date.hour} +
         std::chrono::minutes{date.minute} + std::chrono::seconds{date.second};
}

std::optional<SysSeconds> checked(const Scanner& scanner, const Date& date) {
  // A leap second is 60.
  const bool in_range = date.hour <= 23 && date.minute <= 59 && date.second <= 60;
  if (!scanner.done() || !in_range || !calendar_day(date).ok()) return std::nullopt;
  return point_in_time(date);
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
std::optional<SysSeconds> parse_fixdate(std::string_view text) {
  Scanner scanner(text);
  Date date;
  scanner.one_of(kShortDays);
  scanner.literal(", ");
  date.day = scanner.digits(2);
  scanner.literal(" ");
  date.month = scanner.one_of(kMonths);
  scanner.literal(" ");
  date.year = scanner.digits(4);
  scanner.literal(" ");
  scan_time(scanner, date);
  scanner.literal(" GMT");
  return checked(scanner, date);
}

/// RFC 9110, 5.6.7: two digits mean the year that is not more than 50 years ahead of `now`, else the last one
/// that ended so.
int full_year(Date date, SysSeconds now) {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const SysSeconds furthest = now + std::chrono::years{50};
  const int century = static_cast<int>(today.year()) / 100 * 100;
  const int two_digits = date.year;
  date.year = century + 100 + two_digits;
  while (point_in_time(date) > furthest) date.year -= 100;
  return date.year;
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
std::optional<SysSeconds> parse_rfc850(std::string_view text, SysSeconds now) {
  Scanner scanner(text);
  Date date;
  scanner.one_of(kLongDays);
  scanner.literal(", ");
  date.day = scanner.digits(2);
  scanner.literal("-");
  date.month = scanner.one_of(kMonths);
  scanner.literal("-");
  date.year = scanner.digits(2);
  scanner.literal(" ");
  scan_time(scanner, date);
  scanner.literal(" GMT");
  if (!scanner.done()) return std::nullopt;
  date.year = full_year(date, now);
  return checked(scanner, date);
}

/// `Sun Nov  6 08:49:37 1994`
std::optional<SysSeconds> parse_asctime(std::string_view text) {
  Scanner scanner(text);
  Date date;
  scanner.one_of(kShortDays);
  scanner.literal(" ");
  date.month = scanner.one_of(kMonths);
  scanner.literal(" ");
  date.day = scanner.padded_day();
  scanner.literal(" ");
  scan_time(scanner, date);
  scanner.literal(" ");
  date.year = scanner.digits(4);
  return checked(scanner, date);
}

std::optional<Millis> parse_seconds(std::string_view text) {
  constexpr std::int64_t kLongest =
      std::chrono::duration_cast<std::chrono::seconds>(kLongestRetryAfter).count();
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kLongest);
  }
  return std::chrono::seconds{seconds};
}

}  // namespace

std::optional<Millis> parse_retry_after(std::string_view value, WallTime now) {
  const std::string_view text = ascii::trim(value);
  if (text.empty()) return std::nullopt;
  if (ascii::is_digit(text.front())) return parse_seconds(text);

  const SysSeconds second = std::chrono::floor<std::chrono::seconds>(now);
  std::optional<SysSeconds> date = parse_fixdate(text);
  if (!date) date = parse_rfc850(text, second);
  if (!date) date = parse_asctime(text);
  if (!date) return std::nullopt;
  if (*date > now + kLongestRetryAfter) return kLongestRetryAfter;
  return std::max(Millis{0}, std::chrono::duration_cast<Millis>(*date - now));
}

}  // namespace keitaro_outbox::core
