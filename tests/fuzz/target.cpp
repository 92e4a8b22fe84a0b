#include "target.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace keitaro_outbox::fuzz {
namespace {

std::vector<const Target*>& registry() {
  static std::vector<const Target*> all;
  return all;
}

bool acts(std::uint32_t code) {
  const auto in = [code](std::uint32_t low, std::uint32_t high) { return code >= low && code <= high; };
  return in(0, 0x1f) || in(0x7f, 0x9f) || in(0x200e, 0x200f) || code == 0x061c || in(0x2028, 0x202e) ||
         in(0x2066, 0x2069) || code == 0xfeff;
}

/// Takes the first character off; nothing where the text does not begin with a well-formed one.
std::optional<std::uint32_t> take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
  const std::size_t size = byte(0) < 0x80   ? 1
                           : byte(0) < 0xc0 ? 0
                           : byte(0) < 0xe0 ? 2
                           : byte(0) < 0xf0 ? 3
                                            : 4;
  if (size == 0 || size > text.size() || byte(0) > 0xf4) return std::nullopt;
  std::uint32_t code = size == 1 ? byte(0) : byte(0) & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (byte(i) >> 6 != 2) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  text.remove_prefix(size);
  return code;
}

}  // namespace

Target::Target(const char* target_name, Function target_function)
    : name(target_name), function(target_function) {
  registry().push_back(this);
}

const std::vector<const Target*>& targets() {
  return registry();
}

const Target* target_named(std::string_view name) {
  const auto found =
      std::ranges::find_if(registry(), [&](const Target* target) { return target->name == name; });
  return found == registry().end() ? nullptr : *found;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_harmless_line(std::string_view text) {
  while (!text.empty()) {
    const auto character = take_character(text);
    if (!character || acts(*character)) return false;
  }
  return true;
}

}  // namespace keitaro_outbox::fuzz
