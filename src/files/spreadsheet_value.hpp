#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::files {

/// `text` (UTF-8) without the blanks, no-break spaces, zero-width and other invisible characters at its ends:
/// copying from web pages and spreadsheets leaves them there.
std::string_view without_invisible_ends(std::string_view text);

/// An amount as people write it.
struct ReadAmount {
  std::string text;   ///< A plain decimal, or the value as it was where it is none.
  std::string error;  ///< Why it is not taken, in words that go on from the column's name.
};

/// With `decimal_comma`: `1,5`, `1.234,50` and `1 234,50` are taken; `1.234`, which can be read in two ways,
/// is not. Without: a decimal comma is told for what it is.
ReadAmount read_amount(std::string_view text, bool decimal_comma);

}  // namespace keitaro_outbox::files
