#include "intake/macros.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::intake {
namespace {

namespace ascii = core::ascii;

constexpr std::size_t kLongestName = 64;

/// Letters of other alphabets included: their bytes are none of ASCII's.
bool is_any_letter(char c) {
  return ascii::is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_name(char c) {
  return is_any_letter(c) || c == '_';
}

/// What stands between brackets: a name, such as `sub1`, `ad.id`, `transaction id` or `имя`.
bool is_name(std::string_view text) {
  constexpr std::string_view kMarks = "_-.:|$!@ ";
  const auto fits = [&](char c) {
    return is_any_letter(c) || ascii::is_digit(c) || kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kLongestName && std::ranges::any_of(text, begins_name) &&
         std::ranges::all_of(text, fits);
}

/// A template may count its macros: `{1}`.
bool is_name_or_number(std::string_view text) {
  return is_name(text) || (text.size() <= kLongestName && ascii::all_digits(text));
}

struct Brackets {
  std::string_view open;
  std::string_view close;
  bool number_too;  ///< No value is a number in these.
};

constexpr Brackets kBraces{"{", "}", true};
constexpr Brackets kHashes{"##", "##", true};
constexpr Brackets kPercents{"%", "%", false};

// The longer ones first.
constexpr std::array<Brackets, 9> kBrackets{{{"${", "}", true},
                                             {"{{", "}}", true},
                                             kBraces,
                                             {"[[", "]]", false},
                                             {"[", "]", false},
                                             {"<", ">", false},
                                             {"%%", "%%", false},
                                             kPercents,
                                             kHashes}};

/// The text between them, where all of `value` stands in them.
std::optional<std::string_view> inside(const Brackets& brackets, std::string_view value) {
  if (value.size() <= brackets.open.size() + brackets.close.size()) return std::nullopt;
  if (!value.starts_with(brackets.open) || !value.ends_with(brackets.close)) return std::nullopt;
  value.remove_prefix(brackets.open.size());
  value.remove_suffix(brackets.close.size());
  return value;
}

bool stands_in(const Brackets& brackets, std::string_view value) {
  const auto name = inside(brackets, value);
  return name && (brackets.number_too ? is_name_or_number(*name) : is_name(*name));
}

bool has_within(const Brackets& brackets, std::string_view value) {
  for (std::size_t at = value.find(brackets.open); at != std::string_view::npos;
       at = value.find(brackets.open, at + 1)) {
    const std::size_t name = at + brackets.open.size();
    const std::size_t end = value.find(brackets.close, name);
    if (end == std::string_view::npos) return false;
    if (is_name_or_number(value.substr(name, end - name))) return true;
  }
  return false;
}

}  // namespace

bool is_unfilled_macro(std::string_view value) {
  value = ascii::trim(value);
  return value == "REPLACE" ||
         std::ranges::any_of(kBrackets, [&](const Brackets& b) { return stands_in(b, value); });
}

bool holds_unfilled_macro(std::string_view value) {
  const auto counted = [&](const Brackets& b) {
    const auto number = inside(b, ascii::trim(value));
    return b.open.front() != '%' && number && ascii::all_digits(*number);
  };
  return is_unfilled_macro(value) || has_within(kBraces, value) || has_within(kHashes, value) ||
         std::ranges::any_of(kBrackets, counted);
}

bool is_percent_macro(std::string_view encoded) {
  const auto name = inside(kPercents, encoded);
  return name && is_name(*name) && begins_name(name->front()) && name->find('%') == std::string_view::npos;
}

}  // namespace keitaro_outbox::intake
