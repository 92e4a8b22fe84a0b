#include "core/text/amount.hpp"

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kLongestText = 32;
constexpr std::size_t kPlaces = 4;
constexpr std::int64_t kScale = 10'000;
constexpr std::int64_t kLimit = 100'000'000'000'000 * kScale;  // 14 digits before the point

/// The shortest decimal of a number of ten-thousandths, however wide the number is.
template <typename Integer>
std::string decimal(Integer ten_thousandths) {
  const bool negative = ten_thousandths < 0;
  std::string reversed;
  for (std::size_t place = 0; ten_thousandths != 0 || place <= kPlaces; ++place) {
    const auto digit = static_cast<int>(ten_thousandths % 10);
    ten_thousandths /= 10;
    const bool trailing_zero = place < kPlaces && digit == 0 && reversed.empty();
    if (trailing_zero) continue;
    if (place == kPlaces && !reversed.empty()) reversed += '.';
    reversed += static_cast<char>('0' + (negative ? -digit : digit));
  }
  if (negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace

std::optional<Amount> Amount::parse(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);

  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (!ascii::all_digits(whole) || !ascii::all_digits(places)) return std::nullopt;

  std::int64_t value = 0;
  for (const char c : whole) {
    value = value * 10 + (c - '0');
    if (value >= kLimit / kScale) return std::nullopt;
  }
  for (std::size_t i = 0; i < kPlaces; ++i) {
    value = value * 10 + (i < places.size() ? places[i] - '0' : 0);
  }
  if (places.size() > kPlaces && places[kPlaces] >= '5') ++value;
  if (value >= kLimit) return std::nullopt;
  return Amount(negative ? -value : value);
}

std::string Amount::text() const {
  return decimal(ten_thousandths_);
}

AmountSum& AmountSum::operator+=(const Amount& amount) {
  ten_thousandths_ += amount.ten_thousandths();
  ++amounts_;
  return *this;
}

AmountSum& AmountSum::operator+=(const AmountSum& other) {
  ten_thousandths_ += other.ten_thousandths_;
  amounts_ += other.amounts_;
  return *this;
}

std::string AmountSum::text() const {
  return decimal(ten_thousandths_);
}

double AmountSum::value() const {
  return std::stod(text());
}

}  // namespace keitaro_outbox::core
