#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// A decimal amount of money as Keitaro stores it: at most 4 places. Never a floating-point number.
class Amount {
 public:
  /// Reads a plain decimal such as `12.5`, `-3` or `007.10`; further places are rounded to 4, half away from
  /// zero. Up to 32 characters and 14 digits before the point. An exponent, a comma, blanks, a plus sign or a
  /// bare point: nullopt.
  static std::optional<Amount> parse(std::string_view text);

  /// The shortest decimal of the same value: `12.5`, `-3`, `0`; never `-0`, no trailing zeros.
  std::string text() const;

  /// The value in its smallest unit, for exact sums.
  std::int64_t ten_thousandths() const { return ten_thousandths_; }

  friend bool operator==(const Amount&, const Amount&) = default;

 private:
  explicit Amount(std::int64_t ten_thousandths) : ten_thousandths_(ten_thousandths) {}
  std::int64_t ten_thousandths_;
};

/// The sum of any number of amounts, exact: 128 bits hold more of the largest ones than a table has rows.
class AmountSum {
 public:
  AmountSum& operator+=(const Amount& amount);
  AmountSum& operator+=(const AmountSum& other);

  /// As Amount::text().
  std::string text() const;

  /// The same, rounded once.
  double value() const;

  /// How many amounts were added.
  std::int64_t amounts() const { return amounts_; }

  friend bool operator==(const AmountSum&, const AmountSum&) = default;

 private:
  __extension__ using Wide = __int128;
  Wide ten_thousandths_ = 0;
  std::int64_t amounts_ = 0;
};

}  // namespace keitaro_outbox::core
