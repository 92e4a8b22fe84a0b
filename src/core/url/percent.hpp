#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// Percent-encodes every byte but the unreserved `A–Z a–z 0–9 - . _ ~`, a NUL included; the result is
/// upper-case hex.
std::string percent_encode(std::string_view value);
void append_percent_encoded(std::string& out, std::string_view value);

/// The bytes that `%XX` in either case stand for; a `%` without two hex digits, and `+`, stay as they are.
std::string percent_decode(std::string_view text);

/// The byte that a `%XX` at `position` stands for, or -1 when none is there.
int percent_encoded_byte_at(std::string_view text, std::size_t position);

}  // namespace keitaro_outbox::core
