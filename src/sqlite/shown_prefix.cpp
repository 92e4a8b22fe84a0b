#include "sqlite/shown_prefix.hpp"

#include <cstdint>

namespace keitaro_outbox::sqlite {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Piece {
  std::size_t size = 1;
  bool well_formed = false;
};

/// What may follow a lead byte: how many continuation bytes, and the range of the first of them, which rules
/// out overlong forms, surrogates and what lies beyond U+10FFFF (table 3-7 of the Unicode Standard).
struct Form {
  std::size_t continuations = 0;
  std::uint8_t first_low = 0x80;
  std::uint8_t first_high = 0xBF;
};

Form form_of(std::uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

Piece first_piece(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (byte(0) < 0x80) return {1, true};
  const Form form = form_of(byte(0));
  for (std::size_t i = 1; i <= form.continuations; ++i) {
    const std::uint8_t low = i == 1 ? form.first_low : 0x80;
    const std::uint8_t high = i == 1 ? form.first_high : 0xBF;
    if (i == bytes.size() || byte(i) < low || byte(i) > high) return {i, false};
  }
  return {form.continuations + 1, form.continuations > 0};
}

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
    const Piece piece = first_piece(bytes);
    const std::string_view character = bytes.substr(0, piece.size);
    bytes.remove_prefix(piece.size);
    const bool keep = piece.well_formed && !acts_on_a_terminal(character, bytes);
    out += keep ? character : kReplacement;
  }
  return out;
}

}  // namespace keitaro_outbox::sqlite
