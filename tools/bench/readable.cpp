#include "bench/readable.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace keitaro_outbox::bench {

std::string readable_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string readable_number(double value) {
  if (!std::isfinite(value)) return "n/a";
  const double size = std::fabs(value);
  if (size >= 1000)
    return (value < 0 ? "-" : "") + readable_count(static_cast<std::uint64_t>(std::llround(size)));
  const bool whole = value == std::floor(value);
  const int places = whole ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  return text.data();
}

}  // namespace keitaro_outbox::bench
