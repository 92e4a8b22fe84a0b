#include "core/text/printable.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "core/text/utf8.hpp"

namespace keitaro_outbox::core {
namespace {

using Decoded = core::Utf8Piece;

/// A byte that belongs to no character is one piece, with itself for a code.
Decoded decode(std::string_view text, std::size_t at) {
  const core::Utf8Piece piece = core::first_utf8_piece(text.substr(at));
  return piece.well_formed ? piece : Decoded{1, false, static_cast<unsigned char>(text[at])};
}

bool in(std::uint32_t code, std::uint32_t low, std::uint32_t high) {
  return code >= low && code <= high;
}

/// Characters that act on a terminal, and those that nobody sees.
bool is_escaped(std::uint32_t code) {
  return core::acts_on_a_terminal(code) || code == 0xAD || in(code, 0x200B, 0x200D) ||
         in(code, 0x2060, 0x206F) || code == 0xFEFF || in(code, 0xE0000, 0xE007F);
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
  switch (character.well_formed ? character.code : 0) {
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
  if (!character.well_formed || character.code < 0x80) {
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
    if (character.well_formed && !is_escaped(character.code)) {
      out += text.substr(at, character.size);
    } else {
      append_escaped(out, character);
    }
    at += character.size;
  }
  return out;
}

std::string quoted_if_needed(std::string_view text) {
  std::string shown = printable(text);
  if (!text.empty() && shown == text && text.find_first_of(" \"=\\") == std::string_view::npos) return shown;
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    const std::string_view bytes = text.substr(at, character.size);
    if (bytes == "\"" || bytes == "\\") {
      out += '\\';
      out += bytes;
    } else if (character.well_formed && !is_escaped(character.code)) {
      out += bytes;
    } else {
      append_escaped(out, character);
    }
    at += character.size;
  }
  return out + '"';
}

std::size_t display_width(std::string_view printable_text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < printable_text.size();) {
    const Decoded character = decode(printable_text, at);
    width += columns_of(character.code);
    at += character.size;
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
    out += printable_text.substr(at, character.size);
    used += columns;
    at += character.size;
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

}  // namespace keitaro_outbox::core
