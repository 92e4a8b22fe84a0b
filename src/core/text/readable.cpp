#include "core/text/readable.hpp"

#include <cstdint>

#include "core/text/utf8.hpp"

namespace keitaro_outbox::core {
namespace {

bool harmless(const Utf8Piece& piece) {
  constexpr std::uint32_t kByteOrderMark = 0xfeff;
  return piece.well_formed && !acts_on_a_terminal(piece.code) && piece.code != kByteOrderMark;
}

}  // namespace

std::string readable(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t last_start = 0;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == limit) {
      out.resize(last_start);
      if (limit > 0) out += "…";
      break;
    }
    last_start = out.size();
    const Utf8Piece piece = first_utf8_piece(text);
    if (harmless(piece)) {
      out += text.substr(0, piece.size);
    } else {
      out += '?';
    }
    text.remove_prefix(piece.well_formed ? piece.size : 1);
  }
  return out;
}

}  // namespace keitaro_outbox::core
