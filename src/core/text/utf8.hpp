#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keitaro_outbox::core {

/// A character, or a maximal piece of what is none.
struct Utf8Piece {
  std::size_t size = 1;  ///< Bytes.
  bool well_formed = false;
  std::uint32_t code = 0;  ///< Of the character; of no meaning where it is none.
};

/// What `bytes`, which are not empty, begin with (the Unicode Standard, table 3-7).
Utf8Piece first_utf8_piece(std::string_view bytes);

/// Whether a character is none to look at but moves the cursor, ends a line, or changes the direction of what
/// follows it.
bool acts_on_a_terminal(std::uint32_t code);

/// Whether all of it is well-formed UTF-8.
bool is_utf8(std::string_view bytes);

}  // namespace keitaro_outbox::core
