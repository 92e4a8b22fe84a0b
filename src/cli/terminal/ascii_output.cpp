#include "cli/terminal/ascii_output.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "core/text/utf8.hpp"

namespace keitaro_outbox::cli {
namespace {

std::string in_ascii(const core::Utf8Piece& piece, unsigned char byte) {
  switch (piece.well_formed ? piece.code : 0) {
    case 0x2026:
      return "~";
    case 0x2265:
      return ">=";
    case 0xD7:
      return "x";
    default:
      break;
  }
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), piece.well_formed ? "\\u%04x" : "\\x%02x",
                piece.well_formed ? piece.code : byte);
  return buffer.data();
}

}  // namespace

bool locale_shows_utf8(const config::Environment& environment) {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = environment(name).value_or("");
    if (value.empty()) continue;
    std::string letters;
    for (const char c : value) {
      if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
      if (c >= 'a' && c <= 'z') letters += c;
      if (c >= '0' && c <= '9') letters += c;
    }
    return letters.find("utf8") != std::string::npos;
  }
  return true;
}

AsciiBuffer::int_type AsciiBuffer::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
  held_ += traits_type::to_char_type(character);
  pass_on(false);
  return target_ ? character : traits_type::eof();
}

std::streamsize AsciiBuffer::xsputn(const char* text, std::streamsize size) {
  held_.append(text, static_cast<std::size_t>(size));
  pass_on(false);
  return target_ ? size : 0;
}

int AsciiBuffer::sync() {
  pass_on(true);
  target_.flush();
  return target_ ? 0 : -1;
}

void AsciiBuffer::pass_on(bool whole) {
  constexpr std::size_t kLongestCharacter = 4;
  std::string out;
  std::size_t at = 0;
  while (at < held_.size()) {
    const std::string_view rest = std::string_view(held_).substr(at);
    const auto byte = static_cast<unsigned char>(rest.front());
    if (byte < 0x80) {
      out += rest.front();
      ++at;
      continue;
    }
    const core::Utf8Piece piece = core::first_utf8_piece(rest);
    if (!piece.well_formed && !whole && rest.size() < kLongestCharacter) break;  // The rest may come.
    out += in_ascii(piece, byte);
    at += piece.well_formed ? piece.size : 1;
  }
  held_.erase(0, at);
  target_ << out;
}

}  // namespace keitaro_outbox::cli
