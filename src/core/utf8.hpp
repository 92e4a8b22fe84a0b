#pragma once

#include <cstddef>
#include <string_view>

namespace keitaro_outbox::core {

/// A character, or a maximal piece of what is none.
struct Utf8Piece {
  std::size_t size = 1;  ///< Bytes.
  bool well_formed = false;
};

/// What `bytes`, which are not empty, begin with (the Unicode Standard, table 3-7).
Utf8Piece first_utf8_piece(std::string_view bytes);

/// Whether all of it is well-formed UTF-8.
bool is_utf8(std::string_view bytes);

}  // namespace keitaro_outbox::core
