#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keitaro_outbox::sqlite {

/// The first `characters` code points of `bytes` as valid UTF-8: what is not part of a well-formed sequence
/// becomes U+FFFD, one for each maximal piece, as the Unicode Standard recommends.
std::string utf8_prefix(std::string_view bytes, std::size_t characters);

}  // namespace keitaro_outbox::sqlite
