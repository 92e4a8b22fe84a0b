#include "app/printable.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace keitaro_outbox::app {
namespace {

struct Decoded {
  std::uint32_t code = 0;
  std::size_t length = 1;
  bool valid = false;
};

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

/// The character at `at`; overlong forms, surrogates and what is beyond U+10FFFF are not valid.
Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[at + i])}; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  std::size_t length = 0;
  std::uint32_t least = 0;
  std::uint32_t code = 0;
  if ((first & 0xE0U) == 0xC0U) {
    length = 2, least = 0x80, code = first & 0x1FU;
  } else if ((first & 0xF0U) == 0xE0U) {
    length = 3, least = 0x800, code = first & 0x0FU;
  } else if ((first & 0xF8U) == 0xF0U) {
    length = 4, least = 0x10000, code = first & 0x07U;
  } else {
    return {first, 1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text, at + i)) return {first, 1, false};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least || surrogate || code > 0x10FFFF) return {first, 1, false};
  return {code, length, true};
}

bool in(std::uint32_t code, std::uint32_t low, std::uint32_t high) {
  return code >= low && code <= high;
}

/// Characters that move the cursor, end a line, or change the direction or order of what follows.
bool acts_on_a_terminal(std::uint32_t code) {
  return code < 0x20 || in(code, 0x7F, 0x9F) || code == 0xAD || code == 0x61C || in(code, 0x200B, 0x200F) ||
         in(code, 0x2028, 0x202E) || in(code, 0x2060, 0x206F) || code == 0xFEFF || in(code, 0xE0000, 0xE007F);
}

/// As the C library knows it, whatever locale the program runs in.
int library_width(std::uint32_t code) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) return 1;
  const locale_t before = ::uselocale(utf8);
  const int width = ::wcwidth(static_cast<wchar_t>(code));
  ::uselocale(before);
  return width;
}

std::size_t columns_of(std::uint32_t code) {
  constexpr std::uint32_t kFirstOdd = 0x300;  // Before it all that can be printed takes one column.
  if (code < kFirstOdd) return 1;
  const int width = library_width(code);
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

void append_escaped(std::string& out, const Decoded& character) {
  switch (character.valid ? character.code : 0) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  std::array<char, 16> buffer{};
  if (!character.valid || character.code < 0x80) {
    std::snprintf(buffer.data(), buffer.size(), "\\x%02x", character.code);
  } else {
    std::snprintf(buffer.data(), buffer.size(), "\\u%04x", character.code);
  }
  out += buffer.data();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    if (character.valid && !acts_on_a_terminal(character.code)) {
      out += text.substr(at, character.length);
    } else {
      append_escaped(out, character);
    }
    at += character.length;
  }
  return out;
}

std::string quoted_if_needed(std::string_view text) {
  const std::string shown = printable(text);
  if (!text.empty() && shown == text && text.find_first_of(" \"=\\") == std::string_view::npos) return shown;
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    const std::string_view bytes = text.substr(at, character.length);
    if (bytes == "\"" || bytes == "\\") {
      out += '\\';
      out += bytes;
    } else if (character.valid && !acts_on_a_terminal(character.code)) {
      out += bytes;
    } else {
      append_escaped(out, character);
    }
    at += character.length;
  }
  return out + '"';
}

std::size_t display_width(std::string_view printable_text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < printable_text.size();) {
    const Decoded character = decode(printable_text, at);
    width += columns_of(character.code);
    at += character.length;
  }
  return width;
}

std::string cut_to_width(std::string_view printable_text, std::size_t width) {
  if (display_width(printable_text) <= width) return std::string(printable_text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < printable_text.size();) {
    const Decoded character = decode(printable_text, at);
    const std::size_t columns = columns_of(character.code);
    if (used + columns > width - 1) break;
    out += printable_text.substr(at, character.length);
    used += columns;
    at += character.length;
  }
  return out + "…";
}

std::vector<std::string> broken_between_words(std::string_view printable_text, std::size_t width) {
  std::vector<std::string> lines{{}};
  while (!printable_text.empty()) {
    const std::size_t end = std::min(printable_text.find(' ', 1), printable_text.size());
    const std::string_view word = printable_text.substr(0, end);  // With the blank before it.
    printable_text.remove_prefix(end);
    if (lines.back().empty() || display_width(lines.back()) + display_width(word) <= width) {
      lines.back() += word;
    } else {
      lines.emplace_back(word.substr(1));
    }
  }
  return lines;
}

}  // namespace keitaro_outbox::app
