#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_sim {

/// An amount in ten-thousandths of its currency's unit: a tracker's tables keep 4 places.
struct Money {
  std::int64_t ten_thousandths = 0;
  friend bool operator==(const Money&, const Money&) = default;

  /// The shortest plain decimal: `12.5`, `-3`, `0`.
  std::string text() const;
};

/// Reads a plain decimal such as `12.5`, `+2` or `-.75`, up to 14 digits before the point; places after the
/// fourth are rounded, half away from zero. Anything else (blanks, a comma, an exponent): nullopt.
std::optional<Money> parse_money(std::string_view text);

/// What one unit of a currency is worth, in hundred-millionths of a unit common to all rates of a list.
/// Always above zero.
struct Rate {
  std::int64_t hundred_millionths = 0;
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// Reads a plain positive decimal of up to 9 digits before the point and 8 after it; anything else: nullopt.
std::optional<Rate> parse_rate(std::string_view text);

/// `amount` of a currency worth `from`, in one worth `to`: rounded to 4 places, half away from zero. Nullopt
/// when it is too large.
std::optional<Money> exchange(Money amount, Rate from, Rate to);

}  // namespace keitaro_sim
