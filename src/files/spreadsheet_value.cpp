#include "files/spreadsheet_value.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"
#include "files/import_options.hpp"

namespace keitaro_outbox::files {
namespace {

/// Spaces and characters without a width, beyond ASCII: U+00A0, U+00AD, U+1680, U+180E, U+2000–U+200F,
/// U+2028–U+202F, U+205F–U+2064, U+2066–U+206F, U+3000, U+FEFF.
bool is_invisible(char32_t c) {
  constexpr std::array<std::pair<char32_t, char32_t>, 10> kRanges{{{0x00A0, 0x00A0},
                                                                   {0x00AD, 0x00AD},
                                                                   {0x1680, 0x1680},
                                                                   {0x180E, 0x180E},
                                                                   {0x2000, 0x200F},
                                                                   {0x2028, 0x202F},
                                                                   {0x205F, 0x2064},
                                                                   {0x2066, 0x206F},
                                                                   {0x3000, 0x3000},
                                                                   {0xFEFF, 0xFEFF}}};
  return std::ranges::any_of(kRanges,
                             [&](const auto& range) { return c >= range.first && c <= range.second; });
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Bytes of an invisible character that begins at `at`; 0 for none. Those of interest have two or three.
std::size_t invisible_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  if (core::ascii::is_space(text[at])) return 1;
  const unsigned first = byte_at(text, at);
  const std::size_t length = (first & 0xE0U) == 0xC0U ? 2 : (first & 0xF0U) == 0xE0U ? 3 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  char32_t c = length == 2 ? first & 0x1FU : first & 0x0FU;
  for (std::size_t i = 1; i < length; ++i) c = (c << 6U) | (byte_at(text, at + i) & 0x3FU);
  return is_invisible(c) ? length : 0;
}

/// Whether groups of three digits stand behind a first one of one to three: `1.234.567`.
bool is_grouped(std::string_view text) {
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos || first > 3 || !core::ascii::all_digits(text.substr(0, first)))
    return false;
  for (std::size_t at = first; at < text.size(); at += 4) {
    if (text[at] != '.' || !core::ascii::all_digits(text.substr(at + 1, 3)) || text.size() < at + 4)
      return false;
  }
  return true;
}

}  // namespace

std::string_view without_invisible_ends(std::string_view text) {
  while (const std::size_t length = invisible_at(text, 0)) text.remove_prefix(length);
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (std::size_t length = 1; length <= 3 && length <= text.size() && !shorter; ++length) {
      if (invisible_at(text, text.size() - length) != length) continue;
      text.remove_suffix(length);
      shorter = true;
    }
  }
  return text;
}

std::string plain_column_name(std::string_view name) {
  return core::ascii::lower(without_invisible_ends(name));
}

ReadAmount read_amount(std::string_view text, bool decimal_comma) {
  const std::string_view sign = text.starts_with('-') ? text.substr(0, 1) : std::string_view();
  const std::string_view number = text.substr(sign.size());
  const std::size_t comma = number.find(',');
  if (!decimal_comma) {
    const bool has_comma = comma != std::string_view::npos &&
                           core::ascii::all_digits(number.substr(0, comma)) &&
                           core::ascii::all_digits(number.substr(comma + 1));
    if (!has_comma) return {std::string(text), {}};
    return {
        std::string(text),
        "must be a plain decimal such as 12.5, and this has a comma: --decimal-comma reads it as a decimal "
        "point"};
  }
  std::string whole;
  const std::string_view before = number.substr(0, comma);
  for (std::size_t at = 0; at < before.size();) {
    const std::size_t blank = at > 0 ? invisible_at(before, at) : 0;
    if (blank == 0) whole += before[at];
    at += std::max<std::size_t>(blank, 1);
  }
  const bool grouped = is_grouped(whole);
  if (comma == std::string_view::npos) {
    if (!grouped) return {std::string(sign) + whole, {}};
    std::string without_points = whole;
    std::erase(without_points, '.');
    return {std::string(text), "can mean two amounts with --decimal-comma: write " + without_points + " or " +
                                   without_points.substr(0, whole.find('.')) + "," +
                                   without_points.substr(whole.find('.'))};
  }
  if (grouped) std::erase(whole, '.');
  const std::string_view fraction = number.substr(comma + 1);
  // Anything else is left to the table's own rule.
  if (!core::ascii::all_digits(whole) || !core::ascii::all_digits(fraction)) return {std::string(text), {}};
  return {std::string(sign) + whole + "." + std::string(fraction), {}};
}

}  // namespace keitaro_outbox::files
