#include "core/text/utf8.hpp"

#include <cstdint>

namespace keitaro_outbox::core {
namespace {

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

}  // namespace

Utf8Piece first_utf8_piece(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (byte(0) < 0x80) return {1, true, byte(0)};
  const Form form = form_of(byte(0));
  std::uint32_t code = byte(0) & (0x7FU >> (form.continuations + 1));
  for (std::size_t i = 1; i <= form.continuations; ++i) {
    const std::uint8_t low = i == 1 ? form.first_low : 0x80;
    const std::uint8_t high = i == 1 ? form.first_high : 0xBF;
    if (i == bytes.size() || byte(i) < low || byte(i) > high) return {i, false};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  return {form.continuations + 1, form.continuations > 0, code};
}

bool acts_on_a_terminal(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Utf8Piece piece = first_utf8_piece(bytes);
    if (!piece.well_formed) return false;
    bytes.remove_prefix(piece.size);
  }
  return true;
}

}  // namespace keitaro_outbox::core
