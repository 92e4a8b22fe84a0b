#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// The first `characters` code points of `bytes`, fit to be kept in a column that people read with the
/// sqlite3 shell: valid UTF-8, and nothing that acts on a terminal. What is not part of a well-formed
/// sequence becomes U+FFFD, one for each maximal piece, as the Unicode Standard recommends; so do control
/// characters but line ends and tabs, and marks of direction.
std::string shown_prefix(std::string_view bytes, std::size_t characters);

}  // namespace keitaro_outbox::core
