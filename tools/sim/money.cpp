#include "sim/money.hpp"

#include <algorithm>
#include <limits>

namespace keitaro_sim {
namespace {

__extension__ using Wide = __int128;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A decimal as a whole number of its `places`-th places, or nullopt. `whole_digits` is the most digits
/// before the point.
std::optional<std::int64_t> parse_scaled(std::string_view text, int places, int whole_digits) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;

  std::int64_t value = 0;
  int digits = 0;
  for (const char c : whole) {
    if (!is_digit(c)) return std::nullopt;
    if (value > 0 || c != '0') ++digits;
    if (digits > whole_digits) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  for (std::size_t i = 0; i < static_cast<std::size_t>(places); ++i)
    value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  if (fraction.size() > static_cast<std::size_t>(places) && fraction[static_cast<std::size_t>(places)] >= '5')
    ++value;
  return negative ? -value : value;
}

}  // namespace

std::string Money::text() const {
  const bool negative = ten_thousandths < 0;
  const auto size = negative ? ~static_cast<std::uint64_t>(ten_thousandths) + 1
                             : static_cast<std::uint64_t>(ten_thousandths);
  std::string out = (negative ? "-" : "") + std::to_string(size / 10'000);
  std::string places = std::to_string(10'000 + size % 10'000).substr(1);
  while (!places.empty() && places.back() == '0') places.pop_back();
  if (!places.empty()) out += "." + places;
  return out;
}

std::optional<Money> parse_money(std::string_view text) {
  const auto value = parse_scaled(text, 4, 14);
  if (!value) return std::nullopt;
  return Money{*value};
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto point = text.find('.');
  if (point != std::string_view::npos && text.size() - point - 1 > 8) return std::nullopt;
  const auto value = parse_scaled(text, 8, 9);
  if (!value || *value <= 0) return std::nullopt;
  return Rate{*value};
}

std::optional<Money> exchange(Money amount, Rate from, Rate to) {
  const Wide product = static_cast<Wide>(amount.ten_thousandths) * from.hundred_millionths;
  const Wide half = to.hundred_millionths / 2 + to.hundred_millionths % 2;
  const Wide quotient = product / to.hundred_millionths;
  const Wide rest = product % to.hundred_millionths;
  const Wide away = rest >= half ? 1 : (-rest >= half ? -1 : 0);
  const Wide result = quotient + away;
  if (result > std::numeric_limits<std::int64_t>::max() || result < -std::numeric_limits<std::int64_t>::max())
    return std::nullopt;
  return Money{static_cast<std::int64_t>(result)};
}

}  // namespace keitaro_sim
