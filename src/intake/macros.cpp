#include "intake/macros.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::intake {
namespace {

namespace ascii = core::ascii;

constexpr std::size_t kLongestName = 64;

bool begins_name(char c) {
  return ascii::is_letter(c) || c == '_';
}

/// What stands between brackets: a name, such as `sub1`, `ad.id` or `transaction id`.
bool is_name(std::string_view text) {
  constexpr std::string_view kMarks = "_-.:|$!@ ";
  const auto fits = [&](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kLongestName && std::ranges::any_of(text, begins_name) &&
         std::ranges::all_of(text, fits);
}

struct Brackets {
  std::string_view open;
  std::string_view close;
};

// The longer ones first.
constexpr std::array<Brackets, 9> kBrackets{{{"${", "}"},
                                             {"{{", "}}"},
                                             {"{", "}"},
                                             {"[[", "]]"},
                                             {"[", "]"},
                                             {"<", ">"},
                                             {"%%", "%%"},
                                             {"%", "%"},
                                             {"##", "##"}}};

bool stands_in(const Brackets& brackets, std::string_view value) {
  if (value.size() <= brackets.open.size() + brackets.close.size()) return false;
  if (!value.starts_with(brackets.open) || !value.ends_with(brackets.close)) return false;
  value.remove_prefix(brackets.open.size());
  value.remove_suffix(brackets.close.size());
  return is_name(value);
}

bool has_within(const Brackets& brackets, std::string_view value) {
  for (std::size_t at = value.find(brackets.open); at != std::string_view::npos;
       at = value.find(brackets.open, at + 1)) {
    const std::size_t name = at + brackets.open.size();
    const std::size_t end = value.find(brackets.close, name);
    if (end == std::string_view::npos) return false;
    if (is_name(value.substr(name, end - name))) return true;
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
  return is_unfilled_macro(value) || has_within({"{", "}"}, value) || has_within({"##", "##"}, value);
}

bool is_percent_macro(std::string_view encoded) {
  return stands_in({"%", "%"}, encoded) && begins_name(encoded[1]) &&
         encoded.substr(1, encoded.size() - 2).find('%') == std::string_view::npos;
}

}  // namespace keitaro_outbox::intake
