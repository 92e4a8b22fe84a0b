#include "core/amount.hpp"

#include "core/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kLongestText = 32;
constexpr std::size_t kPlaces = 4;
constexpr std::int64_t kScale = 10'000;
constexpr std::int64_t kLimit = 100'000'000'000'000 * kScale;  // 14 digits before the point

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!ascii::is_digit(c)) return false;
  }
  return !text.empty();
}

}  // namespace

std::optional<Amount> Amount::parse(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);

  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (!all_digits(whole) || !all_digits(places)) return std::nullopt;

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
  const std::int64_t absolute = ten_thousandths_ < 0 ? -ten_thousandths_ : ten_thousandths_;
  std::string out = ten_thousandths_ < 0 ? "-" : "";
  out += std::to_string(absolute / kScale);
  std::int64_t rest = absolute % kScale;
  if (rest != 0) out += '.';
  for (std::int64_t unit = kScale / 10; rest != 0; unit /= 10) {
    out += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return out;
}

}  // namespace keitaro_outbox::core
