#include "sqlite/shown_prefix.hpp"

#include <cstdint>

#include "core/utf8.hpp"

namespace keitaro_outbox::sqlite {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The code of a well-formed piece of up to three bytes; longer ones are harmless.
std::uint32_t code_of(std::string_view piece) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(piece[i])}; };
  if (piece.size() == 1) return byte(0);
  if (piece.size() == 2) return (byte(0) & 0x1fu) << 6 | (byte(1) & 0x3fu);
  return (byte(0) & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
}

bool acts_on_a_terminal(std::string_view piece, std::string_view rest) {
  if (piece.size() > 3) return false;
  const std::uint32_t code = code_of(piece);
  if (code == '\n' || code == '\t') return false;
  if (code == '\r') return !rest.starts_with('\n');
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string shown_prefix(std::string_view bytes, std::size_t characters) {
  std::string out;
  for (; characters > 0 && !bytes.empty(); --characters) {
    const core::Utf8Piece piece = core::first_utf8_piece(bytes);
    const std::string_view character = bytes.substr(0, piece.size);
    bytes.remove_prefix(piece.size);
    const bool keep = piece.well_formed && !acts_on_a_terminal(character, bytes);
    out += keep ? character : kReplacement;
  }
  return out;
}

}  // namespace keitaro_outbox::sqlite
