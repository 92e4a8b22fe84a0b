#include "core/text/shown_prefix.hpp"

#include "core/text/utf8.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool stays(const core::Utf8Piece& piece, std::string_view rest) {
  if (!piece.well_formed) return false;
  if (piece.code == '\n' || piece.code == '\t') return true;
  if (piece.code == '\r') return rest.starts_with('\n');
  return !core::acts_on_a_terminal(piece.code);
}

}  // namespace

std::string shown_prefix(std::string_view bytes, std::size_t characters) {
  std::string out;
  for (; characters > 0 && !bytes.empty(); --characters) {
    const core::Utf8Piece piece = core::first_utf8_piece(bytes);
    const std::string_view character = bytes.substr(0, piece.size);
    bytes.remove_prefix(piece.size);
    out += stays(piece, bytes) ? character : kReplacement;
  }
  return out;
}

}  // namespace keitaro_outbox::core
