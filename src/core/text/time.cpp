#include "core/text/time.hpp"

#include <array>
#include <cstddef>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};

constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = std::chrono::duration_cast<Millis>(std::chrono::years{10}).count();

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  if (text == "0") return Millis{0};
  std::size_t digits = 0;
  std::int64_t number = 0;
  for (; digits < text.size() && ascii::is_digit(text[digits]); ++digits) {
    number = number * 10 + (text[digits] - '0');
    if (number > kLongest) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (number > kLongest / unit.millis) return std::nullopt;
    return Millis{number * unit.millis};
  }
  return std::nullopt;
}

std::string format_duration(Millis duration) {
  const std::int64_t millis = duration.count();
  if (millis == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (millis % unit.millis == 0) return std::to_string(millis / unit.millis) + std::string(unit.name);
  }
  return {};
}

}  // namespace keitaro_outbox::core
